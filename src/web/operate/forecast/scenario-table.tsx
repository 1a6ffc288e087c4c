/** Scenarios side by side: drivers multiply to the projection. The same rows are the legend of the fan. */
import type { Outlook } from './use-outlook.ts';
import { BASE } from './outlook.ts';
import type { Projected } from './outlook.ts';
import { countText, shareText } from '../../../units/figures.ts';
import { dayText, monthText } from '../../parts/instants.ts';
import { hundreds, percentText, rateText, signedHundreds } from './words.ts';

interface ScenarioTableProps {
  readonly outlook: Outlook;
  readonly onPick: (key: string) => void;
}

export function ScenarioTable({ outlook, onPick }: ScenarioTableProps) {
  const { all, base, picked, budget, chances, swing } = outlook;
  return (
    <section className="card">
      <header>
        <h2>Scenarios</h2>
        <p>{monthText(base.last.month)}; drivers multiply to the projection, rounded to $100</p>
      </header>
      <div className="scroll" role="region" tabIndex={0} aria-label="Scenarios">
        <table>
          <caption className="sr">Scenarios in {monthText(base.last.month)}</caption>
          <thead>
            <tr>
              <th scope="col">Scenario</th>
              <th scope="col">Notation</th>
              <th scope="col">Basis</th>
              {HEADS.map((head) => (
                <th key={head} scope="col" className="num">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {all.map((one) => (
              <ScenarioRow
                key={one.key}
                {...{ one, base, budget, onPick }}
                isPicked={one === picked}
                chance={chances.get(one.key)}
              />
            ))}
            {swing !== undefined && (
              <tr className="total">
                <td>Total addressable swing</td>
                <td />
                <td />
                <td className="num quiet">n/a</td>
                <td className="num quiet">n/a</td>
                <td className="num quiet">n/a</td>
                <td className="num">{hundreds(swing.amount, '')}</td>
                <td className="num quiet" colSpan={2}>
                  {hundreds(swing.highest.last.cost, '')} − {hundreds(swing.lowest.last.cost, '')}
                </td>
                <td className="num quiet">n/a</td>
                <td className="num quiet">n/a</td>
              </tr>
            )}
          </tbody>
        </table>
      </div>
      {budget === undefined && (
        <footer>
          No budget in money by month stands on this very scope, so nothing is held against one.
        </footer>
      )}
    </section>
  );
}

const HEADS = [
  'Monthly calls',
  'Tokens / call',
  'Rate, $ / 1K',
  'Projected, $ / month',
  'Δ $',
  'Δ %',
  'vs budget, $',
  'Chance over budget',
];

interface ScenarioRowProps {
  readonly one: Projected;
  readonly base: Projected;
  readonly budget: number | undefined;
  readonly chance: number | undefined;
  readonly isPicked: boolean;
  readonly onPick: (key: string) => void;
}

function ScenarioRow({ one, base, budget, chance, isPicked, onPick }: ScenarioRowProps) {
  const { key, name, basis, last, crossing } = one;
  const change = last.cost - base.last.cost;
  // A difference below the rounding is none.
  const look = Math.abs(change) < 50 ? 'quiet' : change > 0 ? 'bad' : 'good';
  return (
    <tr className={isPicked ? 'picked' : ''}>
      <td>
        <button type="button" className="proof strong" aria-pressed={isPicked} onClick={() => onPick(key)}>
          <span className="cut">{name}</span>
        </button>
        {key === BASE && <span className="quiet"> the forecast</span>}
      </td>
      <td>
        <svg width="28" height="10" aria-hidden="true">
          <line className={`${isPicked ? 's-acc' : 's-quiet'} dash-long`} x1="0" x2="28" y1="5" y2="5" />
        </svg>
      </td>
      <td>
        <span className={`chip ${basis === 'measured' ? 'hatched' : 'line'}`}>
          {basis === 'measured' ? 'estimated' : basis}
        </span>
      </td>
      <td className="num">{countText(last.headline.calls)}</td>
      <td className="num">{countText(last.headline.tokensPerCall)}</td>
      <td className="num">{rateText(last.headline.rate)}</td>
      <td className="num" title={`$${last.cost.toFixed(2)}`}>
        {isPicked ? <b>{hundreds(last.cost, '')}</b> : hundreds(last.cost, '')}
      </td>
      <td className={`num ${look}`}>{signedHundreds(change)}</td>
      <td className={`num ${look}`}>{percentText(base.last.cost, last.cost)}</td>
      <td className="num soft">
        {budget === undefined ? '–' : signedHundreds(last.cost - budget)}
        {crossing !== undefined && <small>passed on {dayText(crossing)}</small>}
      </td>
      <td className="num">{budget === undefined ? '–' : chance === undefined ? '…' : shareText(chance)}</td>
    </tr>
  );
}
