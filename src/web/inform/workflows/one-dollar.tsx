/** What one dollar of a workflow was made of: the strip, and the same as a table with dollars. */
import type { CompositionAnswer } from '../../../api/contract/composition.ts';
import { columnDecimals, countText, moneyCell, moneyText } from '../../../units/figures.ts';
import { formatDollars } from '../../../units/money.ts';
import { useFilters } from '../../parts/filters.ts';
import { Heads } from '../../parts/heads.tsx';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { DollarStrip } from '../../parts/marks/dollar-strip.tsx';
import { centsText, cutDollar, givenBack } from '../../parts/marks/dollar.ts';
import { onlyWorkflow } from './address.ts';
import { EstimatedChip } from './dollar-rows.tsx';
import { amountsOf } from './workflow-figures.ts';

interface OneDollarProps {
  readonly data: CompositionAnswer;
  readonly name: string;
}

export function OneDollar({ data, name }: OneDollarProps) {
  const amounts = amountsOf(data.total.parts);
  const { unpricedCalls } = data.total;
  return (
    <section className="card">
      <header>
        <h2>What one dollar was made of</h2>
        <p>of {moneyText(data.total.cost)}</p>
        <div className="push">
          <EstimatedChip />
        </div>
      </header>
      <div className="body">
        <DollarStrip amounts={amounts} />
        {unpricedCalls > 0 && (
          <p className="quiet">
            {countText(unpricedCalls)} calls have no price: what they cost is in no part.
          </p>
        )}
      </div>
      <PartTable data={data} name={name} />
    </section>
  );
}

function PartTable({ data, name }: OneDollarProps) {
  const [{ where }] = useFilters();
  const amounts = amountsOf(data.total.parts);
  const cuts = cutDollar(amounts, 1);
  const back = givenBack(amounts).map((part) => ({ ...part, cents: undefined }));
  const decimals = columnDecimals([data.total.cost]);
  return (
    <div className="scroll" role="region" tabIndex={0} aria-label="Parts of one dollar">
      <table className="ends">
        <caption className="sr">Parts of one dollar, and of the cost; estimated</caption>
        <Heads texts={['Part', 'Of']} figures={['Cents of a dollar', 'Cost, $']} />
        <tbody>
          {[...cuts, ...back].map(({ name: part, mark, label, side, cents, amount }) => (
            <tr key={part}>
              <td>
                <span className="key">
                  <i className={`swatch ${mark}`} />
                </span>{' '}
                {label}
              </td>
              <td className="soft">{side}</td>
              <td className="num">{cents === undefined ? 'given back' : centsText(cents)}</td>
              <td className="num" title={`$${formatDollars(amount)}`}>
                {moneyCell(formatDollars(amount), decimals)}
              </td>
            </tr>
          ))}
          <tr className="total">
            <td colSpan={2}>Total</td>
            <td className="num">{cuts.length > 0 ? centsText(100n) : '–'}</td>
            <td className="num">
              <a
                className="proof"
                title={`$${data.total.cost}`}
                {...ledgerLink({ during: data.during.text, where: onlyWorkflow(where, name) })}
              >
                {moneyCell(data.total.cost, decimals)}
              </a>
            </td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}
