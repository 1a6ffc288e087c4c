import type { LedgerLine, Receipt } from '../../api/contract.ts';
import { countText, durationText, exactMoney, moneyCell, NONE } from '../../units/figures.ts';
import { parseDollars } from '../../units/money.ts';
import { BUCKETS } from '../../units/tokens.ts';
import type { Bucket } from '../../units/tokens.ts';
import { StateChip } from '../parts/chips.tsx';
import { onLink } from '../parts/path.ts';
import { statesOf } from './line-states.ts';

const RATE_DECIMALS = 2;
const COST_DECIMALS = 8;
const ATTEMPT_DECIMALS = 6;

/** Every bucket with its units, its rate and what they come to; below it the sum, exactly. */
export function Charges({ receipt, line }: { readonly receipt: Receipt; readonly line: LedgerLine }) {
  const buckets = receipt.lines.flatMap((one) => one.buckets);
  const rateDecimals = mostDecimals(
    buckets.map(({ rate }) => rate),
    RATE_DECIMALS,
  );
  const costDecimals = mostDecimals([...buckets.map(({ cost }) => cost), receipt.total], COST_DECIMALS);
  return (
    <section>
      <h2>
        Charges <em>units × price per 1M = cost</em>
      </h2>
      <div className="scroll" role="region" tabIndex={0} aria-label="Charges">
        <table className="receipt buckets">
          <caption className="sr">Charges of the call</caption>
          <thead>
            <tr>
              <th scope="col">Bucket</th>
              <th scope="col" className="num">
                Units
              </th>
              <th scope="col" className="num">
                $ / 1M
              </th>
              <th scope="col" className="num">
                Cost, $
              </th>
            </tr>
          </thead>
          <tbody>
            {receipt.lines.flatMap((one) =>
              one.buckets.map(({ bucket, units, rate, listRate, cost }) => (
                <tr key={`${one.id} ${bucket}`}>
                  <td>
                    <span className="bucket">{BUCKETS[bucket as Bucket]?.label ?? bucket}</span>
                    <span className="quiet">{whichLine(one)}</span>
                  </td>
                  <td className="num">{countText(units)}</td>
                  <td className="num">
                    {rate === null ? NONE : exactMoney(rate, rateDecimals)}
                    {listRate !== null && listRate !== rate && (
                      <small>list {exactMoney(listRate, RATE_DECIMALS)}</small>
                    )}
                  </td>
                  <td className="num">{cost === null ? NONE : exactMoney(cost, costDecimals)}</td>
                </tr>
              )),
            )}
            {buckets.length === 0 && (
              <tr>
                <td colSpan={4} className="quiet">
                  Nothing was used
                </td>
              </tr>
            )}
            <Due receipt={receipt} decimals={costDecimals} />
          </tbody>
        </table>
      </div>
      <p className="quiet small">
        {line.provider} {line.model}
        {line.priceVersion !== '' && (
          <>
            {' · '}
            <a
              className="proof"
              href={`/prices${priceSearch(line)}`}
              onClick={onLink('prices', priceSearch(line))}
            >
              price book {line.priceVersion}
            </a>
          </>
        )}
        <br />
        <AtList receipt={receipt} />
        {receipt.unpricedLines < receipt.lines.length &&
          `${countText(parseDollars(receipt.total))} picodollars, exact. `}
        {receipt.unpricedLines > 0 &&
          'No price is known for this model at this time: counted as a call, not as dollars. '}
        {line.simulated && 'Simulated: no money was spent.'}
      </p>
    </section>
  );
}

/** The way to the prices of the line's model. */
function priceSearch({ provider, model }: LedgerLine): string {
  return `?${new URLSearchParams({ find: `${provider} ${model}` }).toString()}`;
}

/** What the same would have cost at list prices, where something else was agreed. */
function AtList({ receipt }: { readonly receipt: Receipt }) {
  const [line] = receipt.lines;
  if (receipt.lines.length !== 1 || line === undefined || line.listCost === null) return null;
  if (line.cost === null || parseDollars(line.listCost) === parseDollars(line.cost)) return null;
  return `At list prices ${exactMoney(line.listCost, COST_DECIMALS, '$')}: the price is an agreed one. `;
}

function Due({ receipt, decimals }: { readonly receipt: Receipt; readonly decimals: number }) {
  const allUnpriced = receipt.unpricedLines > 0 && receipt.unpricedLines === receipt.lines.length;
  return (
    <tr className="due">
      <td>Cost</td>
      <td className="num" colSpan={3}>
        {!allUnpriced && exactMoney(receipt.total, decimals, '$')}
        {receipt.unpricedLines > 0 && (
          <>
            {allUnpriced ? '' : ' + '}
            <StateChip state="unpriced" />
          </>
        )}
      </td>
    </tr>
  );
}

function whichLine(line: LedgerLine): string {
  return [
    line.part === 'call' ? '' : ` · ${line.part.replaceAll('_', ' ')}`,
    line.attemptNumber > 1 ? ` · attempt ${line.attemptNumber}` : '',
    line.leg === 'adjust'
      ? ` · correction${line.cause === '' ? '' : `, ${line.cause.replaceAll('-', ' ')}`}`
      : '',
    line.leg === 'adjust' && line.forMonth !== '' ? ` for ${line.forMonth}` : '',
  ].join('');
}

/** Each dispatch to a provider, also those that cost nothing. */
export function Attempts({ lines }: { readonly lines: readonly LedgerLine[] }) {
  const attempts = lines.filter((line) => line.part === 'call');
  return (
    <section>
      <h2>
        Attempts <em>one dispatch each</em>
      </h2>
      <div className="scroll" role="region" tabIndex={0} aria-label="Attempts">
        <table className="receipt">
          <caption className="sr">Attempts of the call</caption>
          <thead className="sr">
            <tr>
              <th scope="col">Number</th>
              <th scope="col">Attempt</th>
              <th scope="col">State</th>
              <th scope="col">Duration</th>
              <th scope="col">Cost, $</th>
            </tr>
          </thead>
          <tbody>
            {attempts.map((line) => (
              <tr key={line.id}>
                <td className="quiet">{line.attemptNumber}</td>
                <td>
                  {line.kind}{' '}
                  <span className="quiet">
                    {line.provider}
                    {line.stream ? ', stream' : ''}
                  </span>
                </td>
                <td>
                  {line.httpStatus > 0 && (
                    <span className={`chip ${line.httpStatus < 400 ? 'good' : 'bad'}`}>
                      {line.httpStatus}
                    </span>
                  )}
                  {statesOf(line)
                    .filter((state) => state !== 'simulated')
                    .map((state) => (
                      <StateChip key={state} state={state} />
                    ))}
                </td>
                <td className="num">{durationText(line.durationMs)}</td>
                <td className="num">{costOf(line)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function costOf(line: LedgerLine): string {
  if (line.cost === null) return 'unpriced';
  return parseDollars(line.cost) === 0n ? 'not billed' : moneyCell(line.cost, ATTEMPT_DECIMALS);
}

/** One precision per column, and no digit lost: the most decimals that any amount needs, at least so many. */
function mostDecimals(amounts: readonly (string | null)[], least: number): number {
  return Math.max(least, ...amounts.map((amount) => amount?.split('.')[1]?.length ?? 0));
}
