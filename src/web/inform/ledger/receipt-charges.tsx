/** Every bucket with its units, its rate and what they come to; below it the sum, exactly. */
import type { LedgerLine, Receipt } from '../../../api/contract.ts';
import { countText, exactMoney, NONE } from '../../../units/figures.ts';
import { parseDollars } from '../../../units/money.ts';
import { BUCKETS } from '../../../units/tokens.ts';
import type { Bucket } from '../../../units/tokens.ts';
import { StateChip } from '../../parts/chips.tsx';
import { Heads } from '../../parts/heads.tsx';
import { onLink } from '../../parts/path.ts';
import { chargesOf } from './charges.ts';
import type { Agreed, ChargeRow } from './charges.ts';

const RATE_DECIMALS = 2;
const COST_DECIMALS = 8;

export function Charges({ receipt, line }: { readonly receipt: Receipt; readonly line: LedgerLine }) {
  const { rows, units, agreed } = chargesOf(receipt);
  const decimals = {
    rate: mostDecimals(
      rows.map(({ rate }) => rate),
      RATE_DECIMALS,
    ),
    cost: mostDecimals(
      [...rows.map(({ cost }) => cost), agreed?.before ?? null, receipt.total],
      COST_DECIMALS,
    ),
  };
  return (
    <section>
      <h2>
        Charges <em>units × price per 1M = cost</em>
      </h2>
      <div className="scroll" role="region" tabIndex={0} aria-label="Charges">
        <table className="receipt buckets">
          <caption className="sr">Charges of the call</caption>
          <Heads
            texts={['Bucket']}
            figures={['Units', agreed === undefined ? '$ / 1M' : 'List $ / 1M', 'Cost, $']}
          />
          <tbody>
            {rows.map((row) => (
              <BucketRow key={`${row.line.id} ${row.bucket}`} row={row} decimals={decimals} />
            ))}
            {rows.length === 0 && (
              <tr>
                <td colSpan={4} className="quiet">
                  Nothing was used
                </td>
              </tr>
            )}
            {agreed !== undefined && <AgreedRows agreed={agreed} units={units} decimals={decimals.cost} />}
            <Due receipt={receipt} decimals={decimals.cost} />
          </tbody>
        </table>
      </div>
      <Below receipt={receipt} line={line} />
    </section>
  );
}

interface Decimals {
  readonly rate: number;
  readonly cost: number;
}

function BucketRow({ row, decimals }: { readonly row: ChargeRow; readonly decimals: Decimals }) {
  const { line, bucket, units, rate, cost } = row;
  return (
    <tr>
      <td>
        <span className="bucket">{BUCKETS[bucket as Bucket]?.label ?? bucket}</span>
        <span className="quiet">{whichLine(line)}</span>
      </td>
      <td className="num">{countText(units)}</td>
      <td className="num">{rate === null ? NONE : exactMoney(rate, decimals.rate)}</td>
      <td className="num">{cost === null ? NONE : exactMoney(cost, decimals.cost)}</td>
    </tr>
  );
}

interface AgreedRowsProps {
  readonly agreed: Agreed;
  readonly units: number;
  readonly decimals: number;
}

function AgreedRows({ agreed, units, decimals }: AgreedRowsProps) {
  const isDiscount = agreed.permille <= 0;
  const percent = Math.abs(agreed.permille) / 10;
  return (
    <>
      <tr className="sum">
        <td>Before {isDiscount ? 'discount' : 'surcharge'}</td>
        <td className="num">{countText(units)}</td>
        <td />
        <td className="num">{exactMoney(agreed.before, decimals)}</td>
      </tr>
      <tr className="agreed">
        <td>Agreement {isDiscount ? 'discount' : 'surcharge'}</td>
        <td />
        <td className="num">
          {isDiscount ? '−' : '+'}
          {percent === 0 ? '<0.1' : percent}%
        </td>
        <td className="num">{exactMoney(agreed.change, decimals)}</td>
      </tr>
    </>
  );
}

/** What the rates come from, and the cost to the last digit. */
function Below({ receipt, line }: { readonly receipt: Receipt; readonly line: LedgerLine }) {
  return (
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
      {receipt.unpricedLines < receipt.lines.length &&
        `${countText(parseDollars(receipt.total))} picodollars, exact. `}
      {receipt.unpricedLines > 0 &&
        'No price is known for this model at this time: counted as a call, not as dollars. '}
      {line.simulated && 'Simulated: no money was spent.'}
    </p>
  );
}

/** The way to the prices of the line's model. */
function priceSearch({ provider, model }: LedgerLine): string {
  return `?${new URLSearchParams({ find: `${provider} ${model}` }).toString()}`;
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

/** One precision per column, and no digit lost: the most decimals that any amount needs, at least so many. */
function mostDecimals(amounts: readonly (string | null)[], least: number): number {
  return Math.max(least, ...amounts.map((amount) => amount?.split('.')[1]?.length ?? 0));
}
