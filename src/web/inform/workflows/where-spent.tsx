/** Models or customers of a workflow; a name goes on in Spend and a cost in the ledger, both under the page's filters. */
import type { Figures, LedgerAnswer } from '../../../api/contract.ts';
import {
  columnDecimals,
  countText,
  moneyCell,
  perText,
  pricedPart,
  shareText,
  unitCell,
  unitColumn,
} from '../../../units/figures.ts';
import type { UnitColumn } from '../../../units/figures.ts';
import { Named } from '../../parts/chips.tsx';
import { toAddress } from '../../parts/conditions.ts';
import { useFilters } from '../../parts/filters.ts';
import { Heads } from '../../parts/heads.tsx';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { keptSearch, onLink } from '../../parts/path.ts';
import { ChangeCells } from '../spend/change-cells.tsx';
import { onlyWorkflow } from './address.ts';
import { tokensPerCall } from './workflow-figures.ts';

interface WhereSpentProps {
  readonly by: 'model' | 'customer';
  readonly title: string;
  readonly name: string;
  readonly data: LedgerAnswer;
}

interface Columns {
  readonly decimals: number;
  readonly unit: UnitColumn;
  readonly withChange: boolean;
}

export function WhereSpent({ by, title, name, data }: WhereSpentProps) {
  const [{ where }] = useFilters();
  const { rows, other, total, compared } = data;
  const columns: Columns = {
    decimals: columnDecimals([...rows.map(({ figures }) => figures.cost), total.cost]),
    unit: unitColumn([...rows.map(({ figures }) => figures.costPerCall), total.costPerCall]),
    withChange: compared !== undefined,
  };
  const own = onlyWorkflow(where, name);
  const all = spendLink(own, by);
  return (
    <section className="card">
      <header>
        <h2>{title}</h2>
        <p>
          <a className="proof" {...all}>
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
                    {...spendLink([...own, `${by}=${value}`], by === 'model' ? 'customer' : 'model')}
                  >
                    <Named name={value} dimension={by} />
                  </a>
                </td>
                <Cells figures={figures} before={compared?.rows[at]} columns={columns}>
                  <a
                    className="proof strong"
                    {...ledgerLink({ during: data.during.text, where: own, only: [`${by}=${value}`] })}
                  >
                    {costText(figures, columns)}
                  </a>
                </Cells>
              </tr>
            ))}
            {other !== null && (
              <tr>
                <td>Everything else</td>
                <Cells figures={other} before={compared?.other} columns={columns}>
                  {costText(other, columns)}
                </Cells>
              </tr>
            )}
            <tr className="total">
              <td>Total</td>
              <Cells figures={total} before={compared?.total} columns={columns}>
                <a className="proof" {...ledgerLink({ during: data.during.text, where: own })}>
                  {costText(total, columns)}
                </a>
              </Cells>
            </tr>
          </tbody>
        </table>
      </div>
    </section>
  );
}

function spendLink(where: readonly string[], by: string) {
  const search = new URLSearchParams(keptSearch());
  search.set('where', toAddress(where));
  search.set('by', by);
  const text = `?${search.toString()}`;
  return { href: `/spend${text}`, onClick: onLink('spend', text) };
}

function headsOf({ unit, withChange }: Columns): string[] {
  return [
    'Calls',
    'Tokens a call',
    `$ a ${perText(unit, 'call', 'calls')}`,
    'Share',
    ...(withChange ? ['Δ $', 'Δ %'] : []),
    'Cost, $',
  ];
}

function costText(figures: Figures, { decimals }: Columns): string {
  const priced = pricedPart(figures.calls ?? 0, figures.unpricedCalls ?? 0);
  return priced === 'none' ? 'unpriced' : moneyCell(figures.cost ?? '0', decimals);
}

interface CellsProps {
  readonly figures: Figures;
  readonly before: Figures | null | undefined;
  readonly columns: Columns;
  /** The cost, with its proof. */
  readonly children: React.ReactNode;
}

function Cells({ figures, before, columns, children }: CellsProps) {
  return (
    <>
      <td className="num">{countText(figures.calls ?? 0)}</td>
      <td className="num">{countText(tokensPerCall(figures))}</td>
      <td className="num">{unitCell(figures.costPerCall, columns.unit)}</td>
      <td className="num">{shareText(figures.share, 1)}</td>
      {columns.withChange && (
        <ChangeCells now={figures.cost} before={before?.cost} decimals={columns.decimals} />
      )}
      <td className="num" title={`$${figures.cost ?? '0'}`}>
        {children}
      </td>
    </>
  );
}
