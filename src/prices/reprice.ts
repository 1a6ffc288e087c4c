/**
 * Pricing what was used once more, by another book or at another model. Works on sums of usage: exact as long as one rate
 * holds for everything that a sum holds; where it cannot be told, the range between the rates is given and said so.
 */
import { divideRounded } from '../units/money.ts';
import type { Picodollars } from '../units/money.ts';
import { BUCKETS } from '../units/tokens.ts';
import type { Bucket } from '../units/tokens.ts';
import type { PriceBook } from './charge.ts';

/** What was used of one bucket, summed over lines that are alike in everything that decides a price. */
export interface Use {
  /** The provider's name in the price book. */
  readonly provider: string;
  readonly model: string;
  readonly serviceTier: string;
  readonly geo: string;
  /** A bucket; empty: money beside the buckets, which no rate explains. */
  readonly bucket: string;
  readonly units: number;
  /** Picodollars per million units; undefined: its lines are unpriced. */
  readonly rate: Picodollars | undefined;
  readonly cost: Picodollars;
  /** When it was used, half-open. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The size of the requests: their least and most whole input. */
  readonly leastInput: number;
  readonly mostInput: number;
  readonly team: string;
  readonly account: string;
  readonly region: string;
  /** Uses of the same lines have the same text. */
  readonly lines: string;
}

/** Every use of `from` priced as if the same tokens had gone to `to`; names as the book knows them. */
export interface ModelMapping {
  readonly from: { readonly provider: string; readonly model: string };
  readonly to: { readonly provider: string; readonly model: string };
}

export interface Repriced {
  readonly use: Use;
  /** Picodollars; undefined: unpriced. */
  readonly after: Picodollars | undefined;
  /** What it could come to where the sum does not tell; both `after` where it does. */
  readonly least: Picodollars;
  readonly most: Picodollars;
  /** Why it is not exact; empty when it is. */
  readonly inexact: '' | 'size' | 'time' | 'rounding' | 'partly-unpriced';
}

export interface RepriceAsk {
  readonly book: PriceBook;
  readonly mapping: readonly ModelMapping[];
  /** The book in force and the speeds that it prices apart: the ledger does not keep the speed, its rate tells. */
  readonly booked: { readonly book: PriceBook; readonly speeds: readonly string[] };
}

const PER_MILLION = 1_000_000n;

/** One answer per use, in their order. */
export function repriceUses(uses: readonly Use[], ask: RepriceAsk): Repriced[] {
  const first = uses.map((use) => repriceUse(use, ask));
  // A line of which one bucket stays unpriced stays unpriced as a whole.
  const held = new Set(
    first.flatMap(({ use, after }) => (isBare(use) && after === undefined ? [use.lines] : [])),
  );
  const losing = new Set(
    first.flatMap(({ use, after }) => (!isBare(use) && after === undefined ? [use.lines] : [])),
  );
  return first.map((one) => {
    if (isBare(one.use) && held.has(one.use.lines)) return unpriced(one.use);
    const lost = losing.has(one.use.lines) && one.after !== undefined && one.inexact === '';
    return lost ? { ...one, inexact: 'partly-unpriced' } : one;
  });
}

function isBare({ bucket, rate }: Use): boolean {
  return bucket !== '' && rate === undefined;
}

function unpriced(use: Use): Repriced {
  return { use, after: undefined, least: 0n, most: 0n, inexact: '' };
}

function repriceUse(use: Use, ask: RepriceAsk): Repriced {
  if (!(use.bucket in BUCKETS)) return exactly(use, use.cost);
  const mapped = mappingOf(use, ask);
  const rates = cornersOf(use, mapped, ask);
  const [rate] = rates;
  if (rate === undefined || rates.includes(undefined)) return unpriced(use);
  const known = rates as Picodollars[];
  // What was booked at this rate already keeps its cost to the picodollar, however its lines were rounded.
  if (!mapped && known.every((one) => one === use.rate)) return exactly(use, use.cost);
  const costs = known.map((one) => divideRounded(BigInt(use.units) * one, PER_MILLION)).toSorted(ascending);
  const [least = 0n] = costs;
  const most = costs.at(-1) ?? 0n;
  const after = divideRounded(BigInt(use.units) * rate, PER_MILLION);
  if (known.some((one) => one !== rate)) {
    const [a, b] = rates; // the same time, least and most input
    return { use, after, least, most, inexact: a === b ? 'time' : 'size' };
  }
  return { use, after, least: after, most: after, inexact: rate % PER_MILLION === 0n ? '' : 'rounding' };
}

function exactly(use: Use, cost: Picodollars): Repriced {
  return { use, after: cost, least: cost, most: cost, inexact: '' };
}

function mappingOf(use: Use, { book, mapping }: RepriceAsk): ModelMapping['to'] | undefined {
  if (mapping.length === 0) return undefined;
  const meant = book.meaning(use.provider, use.model);
  return mapping.find(({ from }) => {
    const wanted = book.meaning(from.provider, from.model);
    return wanted.provider === meant.provider && wanted.model === meant.model;
  })?.to;
}

/** The rates at the ends of the sum's time and size; all the same: the sum has one rate. */
function cornersOf(
  use: Use,
  mapped: ModelMapping['to'] | undefined,
  ask: RepriceAsk,
): Array<Picodollars | undefined> {
  const { team, account, region } = use;
  // At another model nobody knows which tier, place or speed it would have returned: its standard one is assumed.
  const said = mapped
    ? { serviceTier: '', geo: '', speed: '' }
    : { serviceTier: use.serviceTier, geo: use.geo, speed: speedOf(use, ask) };
  const { provider, model } = mapped ?? use;
  const at = (atMs: number, inputTokens: number): Picodollars | undefined =>
    ask.book.rate({
      provider,
      model,
      ...said,
      team,
      account,
      region,
      bucket: use.bucket as Bucket,
      atMs,
      inputTokens,
    })?.rate;
  const last = Math.max(use.fromMs, use.toMs - 1);
  return [
    at(use.fromMs, use.leastInput),
    at(use.fromMs, use.mostInput),
    at(last, use.leastInput),
    at(last, use.mostInput),
  ];
}

function speedOf(use: Use, { booked }: RepriceAsk): string {
  if (use.rate === undefined || booked.speeds.length === 0) return '';
  const {
    provider,
    model,
    serviceTier,
    geo,
    team,
    account,
    region,
    fromMs: atMs,
    leastInput: inputTokens,
  } = use;
  const bucket = use.bucket as Bucket;
  const rateAt = (speed: string): Picodollars | undefined =>
    booked.book.rate({
      provider,
      model,
      serviceTier,
      geo,
      speed,
      team,
      account,
      region,
      bucket,
      atMs,
      inputTokens,
    })?.rate;
  return ['', ...booked.speeds].find((speed) => rateAt(speed) === use.rate) ?? '';
}

function ascending(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
