/**
 * What a line used, bucket by bucket, as SQL over the columns of a line: its priced buckets as they were priced, its
 * buckets with units that no price was found for, and under the name `''` what it costs beyond its buckets (a
 * correction in money alone), or that it used nothing. So the uses of a line always cost what the line costs.
 */
import { BUCKETS } from '../../units/tokens.ts';
import type { BucketSide } from '../../units/tokens.ts';
import { BUCKET_COLUMNS, bucketsSql } from './columns.ts';

const MONEY = 'Decimal(38, 12)';
const NONE = `CAST(0, '${MONEY}')`;

const PRICED =
  "arrayMap((name, used, paid, price, list) -> tuple(CAST(name, 'String'), toString(paid), used, price, list - price), " +
  '`priced.bucket`, `priced.units`, `priced.rate`, `priced.cost`, if(empty(list_costs), `priced.cost`, list_costs))';

const VALUES = `[${BUCKET_COLUMNS.map(({ name }) => name).join(', ')}]`;
const NAMES = `[${BUCKET_COLUMNS.map(({ bucket }) => `'${bucket}'`).join(', ')}]`;

const BARE =
  `arrayMap(one -> tuple(one.1, '', one.2, ${NONE}, ${NONE}), ` +
  `arrayFilter(one -> one.2 != 0 AND NOT has(\`priced.bucket\`, one.1), arrayZip(${NAMES}, ${VALUES})))`;

/** How many buckets have units. As long as it is how many were priced, there is nothing bare to look for: that search is dear. */
const USED = `(${BUCKET_COLUMNS.map(({ name }) => `(${name} != 0)`).join(' + ')})`;
const NOTHING = "CAST([], 'Array(Tuple(String, String, Int64, Decimal(38, 12), Decimal(38, 12)))')";

const BEYOND = `CAST(cost - arraySum(\`priced.cost\`), '${MONEY}')`;
const OTHERWISE =
  `if(${BEYOND} != 0 OR (empty(\`priced.bucket\`) AND ${USED} = 0), ` +
  `[tuple('', '', CAST(0, 'Int64'), ${BEYOND}, ${NONE})], ${NOTHING})`;

/** An array of (bucket, rate as text, units, cost, list cost minus cost); never empty. */
export const USES_SQL = `arrayConcat(${PRICED}, if(unpriced = 0 AND leg != 'adjust' AND ${USED} = length(\`priced.bucket\`), ${NOTHING}, ${BARE}), ${OTHERWISE})`;

/** The same parts as columns, once the array is joined as `use`. */
export const USE_COLUMNS = {
  bucket: 'tupleElement(use, 1)',
  rate: 'tupleElement(use, 2)',
  use_units: 'tupleElement(use, 3)',
  use_cost: 'tupleElement(use, 4)',
  use_above_list: 'tupleElement(use, 5)',
} as const;

const SIDES: ReadonlyArray<readonly [string, BucketSide]> = [
  ['input_cost', 'input'],
  ['output_cost', 'output'],
  ['fee_cost', 'fee'],
];

/** The sums of a line that a use has of its own, over the columns of `USE_COLUMNS`. The others are those of its whole line. */
export const USE_SUMS: ReadonlyMap<string, string> = new Map([
  ['cost', 'use_cost'],
  ['above_list', 'use_above_list'],
  ...SIDES.map(([name, side]) => [name, `if(bucket IN (${namesOf(side)}), use_cost, ${NONE})`] as const),
  ...(['input', 'output'] as const).flatMap((side): Array<readonly [string, string]> => {
    const own = `if(bucket IN (${namesOf(side)}), use_units, 0)`;
    return [
      [`${side}_units`, own],
      [`call_${side}`, `if(endpoint = 'inference', ${own}, 0)`],
    ];
  }),
  ...BUCKET_COLUMNS.map(({ bucket, name }) => [name, `if(bucket = '${bucket}', use_units, 0)`] as const),
]);

function namesOf(side: BucketSide): string {
  return BUCKET_COLUMNS.filter(({ bucket }) => BUCKETS[bucket].side === side)
    .map(({ bucket }) => `'${bucket}'`)
    .join(', ');
}

/** The sizes at which providers change their prices: up to and including so many tokens of input. */
const BANDS: ReadonlyArray<readonly [number, string]> = [
  [32_000, '0-32k'],
  [128_000, '32k-128k'],
  [200_000, '128k-200k'],
  [256_000, '200k-256k'],
  [272_000, '256k-272k'],
  [512_000, '272k-512k'],
];

/** Of one call: a line that stands for many counts by their average, one that takes back like the one it takes. */
const INPUT_OF_ONE = `intDiv(abs(${bucketsSql((bucket) => BUCKETS[bucket].side === 'input')}), greatest(abs(calls), 1))`;

export const CONTEXT_BAND_SQL = `multiIf(${BANDS.map(([most, name]) => `${INPUT_OF_ONE} <= ${most}, '${name}'`).join(', ')}, '512k+')`;
