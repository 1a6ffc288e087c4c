/** Models or customers of a workflow; a name goes on in Spend and a cost in the ledger, both under the page's filters. */
import type { LedgerAnswer } from '../../../api/contract.ts';
import { shareText } from '../../../units/figures.ts';
import { Named } from '../../parts/chips.tsx';
import { useFilters } from '../../parts/filters.ts';
import { Heads } from '../../parts/heads.tsx';
import { ledgerLink, spendLink } from '../../parts/ledger-link.ts';
import { onlyWorkflow } from './address.ts';
import { columnsOf, costText, FigureCells, headsOf } from './factor-cells.tsx';

interface WhereSpentProps {
  readonly by: 'model' | 'customer';
  readonly title: string;
  readonly name: string;
  readonly data: LedgerAnswer;
}

export function WhereSpent({ by, title, name, data }: WhereSpentProps) {
  const [{ where }] = useFilters();
  const { rows, other, total, compared } = data;
  const columns = columnsOf(data, { head: 'Share', of: (figures) => shareText(figures.share, 1) });
  const own = onlyWorkflow(where, name);
  return (
    <section className="card">
      <header>
        <h2>{title}</h2>
        <p>
          <a className="proof" {...spendLink(by, own)}>
            open in Spend
          </a>
        </p>
      </header>
      <div className="scroll" role="region" tabIndex={0} aria-label={title}>
        <table className="ends">
          <caption className="sr">
            {title} of {name}
          </caption>
          <Heads texts={[by === 'model' ? 'Model' : 'Customer']} figures={headsOf(columns)} />
          <tbody>
            {rows.map(({ group: [value = ''], figures }, at) => (
              <tr key={value}>
                <td>
                  <a
                    className="proof cut"
                    {...spendLink(by === 'model' ? 'customer' : 'model', [...own, `${by}=${value}`])}
                  >
                    <Named name={value} dimension={by} />
                  </a>
                </td>
                <FigureCells figures={figures} before={compared?.rows[at]} columns={columns}>
                  <a
                    className="proof strong"
                    {...ledgerLink({ during: data.during.text, where: own, only: [`${by}=${value}`] })}
                  >
                    {costText(figures, columns)}
                  </a>
                </FigureCells>
              </tr>
            ))}
            {other !== null && (
              <tr>
                <td>Everything else</td>
                <FigureCells figures={other} before={compared?.other} columns={columns}>
                  {costText(other, columns)}
                </FigureCells>
              </tr>
            )}
            <tr className="total">
              <td>Total</td>
              <FigureCells figures={total} before={compared?.total} columns={columns}>
                <a className="proof" {...ledgerLink({ during: data.during.text, where: own })}>
                  {costText(total, columns)}
                </a>
              </FigureCells>
            </tr>
          </tbody>
        </table>
      </div>
    </section>
  );
}
