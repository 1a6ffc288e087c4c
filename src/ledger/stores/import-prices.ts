/** What the buckets of an imported block cost: the priced lists of its lines, and their sums. */
import { divideRounded } from '../../units/money.ts';
import { BUCKETS, BUCKET_NAMES } from '../../units/tokens.ts';
import type { BucketSide } from '../../units/tokens.ts';
import type { ImportBlock, ImportBucket, ImportCounts, ImportMoney } from '../posting.ts';
import { MONEY_8, listColumn, moneyColumn } from './native.ts';
import type { NativeColumn } from './native.ts';

const UNITS_PER_RATE = 1_000_000n;

interface Pricer {
  readonly place: number;
  readonly side: BucketSide;
  readonly units: (at: number) => number;
  readonly rate: (at: number) => bigint;
  readonly cost: (at: number) => bigint;
  readonly listRate: ((at: number) => bigint) | undefined;
}

export function pricesOf(block: ImportBlock): NativeColumn[] {
  const pricers = block.buckets.map(pricerOf);
  const prices = new Prices(block.lines, pricers.length);
  for (let at = 0; at < block.lines; at += 1) {
    if (block.unpriced?.[at] !== 1) for (const pricer of pricers) prices.add(at, pricer);
    prices.endLine(at);
  }
  return prices.columns();
}

function pricerOf({ bucket, units, rate, cost, listRate }: ImportBucket): Pricer {
  const [unitsAt, rateAt] = [countReader(units), moneyReader(rate)];
  return {
    place: BUCKET_NAMES.indexOf(bucket),
    side: BUCKETS[bucket].side,
    units: unitsAt,
    rate: rateAt,
    cost: cost === undefined ? (at) => costOf(unitsAt(at), rateAt(at)) : moneyReader(cost),
    listRate: listRate === undefined ? undefined : moneyReader(listRate),
  };
}

function costOf(units: number, rate: bigint): bigint {
  return divideRounded(BigInt(units) * rate, UNITS_PER_RATE);
}

function countReader(counts: ImportCounts): (at: number) => number {
  return typeof counts === 'number' ? () => counts : (at) => counts[at] ?? 0;
}

function moneyReader(money: ImportMoney): (at: number) => bigint {
  if (typeof money === 'bigint') return () => money;
  if (money instanceof BigInt64Array) return (at) => money[at] ?? 0n;
  const { values, at: places } = money;
  return (at) => values[places[at] ?? 0] ?? 0n;
}

/** Lists of all lines in a row, and where each line's list ends. */
class Prices {
  readonly #bucket: Uint8Array;
  readonly #units: BigInt64Array;
  readonly #rate: BigInt64Array;
  readonly #cost: BigInt64Array;
  readonly #ends: BigUint64Array;
  #end = 0;
  /** Only lines that were not priced at list keep what list was. */
  readonly #listRate: BigInt64Array;
  readonly #listCost: BigInt64Array;
  readonly #listEnds: BigUint64Array;
  #listEnd = 0;
  #isOffList = false;
  #from = 0;
  readonly #listed: bigint[] = [];
  readonly #sums: Readonly<Record<'cost' | BucketSide | 'aboveList', BigInt64Array>>;

  constructor(lines: number, width: number) {
    const most = lines * width;
    this.#bucket = new Uint8Array(most);
    this.#units = new BigInt64Array(most);
    this.#rate = new BigInt64Array(most);
    this.#cost = new BigInt64Array(most);
    this.#listRate = new BigInt64Array(most);
    this.#listCost = new BigInt64Array(most);
    this.#ends = new BigUint64Array(lines);
    this.#listEnds = new BigUint64Array(lines);
    const sums = (): BigInt64Array => new BigInt64Array(lines);
    this.#sums = { cost: sums(), input: sums(), output: sums(), fee: sums(), aboveList: sums() };
  }

  add(at: number, { place, side, units, rate, cost, listRate }: Pricer): void {
    const used = units(at);
    if (used === 0) return;
    const [paid, paidRate] = [cost(at), rate(at)];
    this.#bucket[this.#end] = place;
    this.#units[this.#end] = BigInt(used);
    this.#rate[this.#end] = paidRate;
    this.#cost[this.#end] = paid;
    this.#end += 1;
    this.#addTo('cost', at, paid);
    this.#addTo(side, at, paid);
    const listed = listRate?.(at) ?? paidRate;
    this.#listed.push(listed);
    if (listed !== paidRate) this.#isOffList = true;
  }

  endLine(at: number): void {
    if (this.#isOffList) this.#keepList(at);
    this.#ends[at] = BigInt(this.#end);
    this.#listEnds[at] = BigInt(this.#listEnd);
    this.#from = this.#end;
    this.#isOffList = false;
    this.#listed.length = 0;
  }

  #keepList(at: number): void {
    this.#listed.forEach((listed, place) => {
      const one = this.#from + place;
      const cost = this.#cost[one] ?? 0n;
      const listCost = listed === this.#rate[one] ? cost : costOf(Number(this.#units[one]), listed);
      this.#listRate[this.#listEnd] = listed;
      this.#listCost[this.#listEnd] = listCost;
      this.#listEnd += 1;
      this.#addTo('aboveList', at, listCost - cost);
    });
  }

  #addTo(sum: 'cost' | BucketSide | 'aboveList', at: number, amount: bigint): void {
    const sums = this.#sums[sum];
    sums[at] = (sums[at] ?? 0n) + amount;
  }

  columns(): NativeColumn[] {
    const names = `Enum8(${BUCKET_NAMES.map((name, at) => `'${name}' = ${at}`).join(', ')})`;
    const { cost, input, output, fee, aboveList } = this.#sums;
    const [all, listed] = [this.#end, this.#listEnd];
    return [
      moneyColumn('cost', cost),
      moneyColumn('input_cost', input),
      moneyColumn('output_cost', output),
      moneyColumn('fee_cost', fee),
      moneyColumn('above_list', aboveList),
      listColumn('priced.bucket', this.#ends, this.#bucket.subarray(0, all), names),
      listColumn('priced.units', this.#ends, this.#units.subarray(0, all), 'Int64'),
      listColumn('priced.rate', this.#ends, this.#rate.subarray(0, all), MONEY_8),
      listColumn('priced.cost', this.#ends, this.#cost.subarray(0, all), MONEY_8),
      listColumn('list_rates', this.#listEnds, this.#listRate.subarray(0, listed), MONEY_8),
      listColumn('list_costs', this.#listEnds, this.#listCost.subarray(0, listed), MONEY_8),
    ];
  }
}
