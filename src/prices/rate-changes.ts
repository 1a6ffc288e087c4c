/** What pricing by one book changes against another: per model, bucket and size, and from when. */
import { divideRounded, formatDollars } from '../units/money.ts';
import { BUCKETS, BUCKET_NAMES } from '../units/tokens.ts';
import type { Bucket } from '../units/tokens.ts';
import type { PriceBookData, PriceOverride } from './book.ts';
import { openPriceBook } from './charge.ts';
import type { PriceBook } from './charge.ts';
import { compilePattern, normalizeName } from './names.ts';

/** Whom and what a rate holds for; empty: everybody, any. */
export interface RateScope {
  readonly team: string;
  readonly account: string;
  readonly region: string;
  readonly tier: string;
}

export interface RateChange {
  readonly provider: string;
  readonly model: string;
  readonly scope: RateScope;
  readonly bucket: Bucket;
  /** Holds for requests with more input tokens than this; null: from the first. */
  readonly aboveTokens: number | null;
  /** RFC 3339; null: since before the time that was asked about. */
  readonly from: string | null;
  /** Dollars per million units; null: unpriced. */
  readonly before: string | null;
  readonly after: string | null;
  /** Signed, at most two decimals; null where one of them is unpriced or was nothing. */
  readonly percent: string | null;
  /** The bucket has no price of its own and follows this one. */
  readonly follows: Bucket | null;
}

interface Target {
  readonly provider: string;
  readonly model: string;
  readonly scope: RateScope;
}

const EVERYBODY: RateScope = { team: '', account: '', region: '', tier: '' };

/** Changes in force at a time or announced for later, in the order of the book. */
export function rateChanges(before: PriceBookData, after: PriceBookData, sinceMs: number): RateChange[] {
  const books = [openPriceBook(before), openPriceBook(after)] as const;
  return targetsOf(before, after, books).flatMap((target) => changesOf(target, books, sinceMs));
}

type Books = readonly [PriceBook, PriceBook];

function targetsOf(before: PriceBookData, after: PriceBookData, books: Books): Target[] {
  const overrides = difference(before.overrides ?? [], after.overrides ?? []);
  const decided = overrides.flatMap((one) => concerned(one, [before, after], books));
  const listed = listDifference(before, after).map((one) => ({ ...one, scope: EVERYBODY }));
  const targets = [...listed, ...decided];
  return [...new Map(targets.map((one) => [JSON.stringify(one), one])).values()];
}

function difference(left: readonly PriceOverride[], right: readonly PriceOverride[]): PriceOverride[] {
  // What it comes from decides no price.
  const key = (one: PriceOverride): string =>
    JSON.stringify(Object.entries(one).filter(([name]) => name !== 'decision' && name !== 'note'));
  const [inLeft, inRight] = [new Set(left.map(key)), new Set(right.map(key))];
  return [...left.filter((one) => !inRight.has(key(one))), ...right.filter((one) => !inLeft.has(key(one)))];
}

function concerned(override: PriceOverride, data: readonly PriceBookData[], books: Books): Target[] {
  const { provider, model, team = '', account = '', region = '', tier = '' } = override;
  const fitsProvider = compilePattern(provider);
  const known = data.flatMap((one) => (one.providers ?? []).map(({ id }) => id));
  const providers = provider.includes('*')
    ? known.filter((id) => fitsProvider(normalizeName(id)))
    : [books[1].meaning(provider, '').provider];
  const fits = compilePattern(model);
  return providers.flatMap((id) => {
    const models = model.includes('*')
      ? books.flatMap((book) => book.modelNames(id)).filter((name) => fits(normalizeName(name)))
      : [model];
    return [...new Set(models)].map((name) => ({
      provider: id,
      model: name,
      scope: { team, account, region, tier },
    }));
  });
}

function listDifference(before: PriceBookData, after: PriceBookData) {
  const rows = (data: PriceBookData): Map<string, { provider: string; model: string; text: string }> =>
    new Map(
      (data.providers ?? []).flatMap((provider) =>
        provider.models.map((model) => [
          `${provider.id}\n${model.id}`,
          { provider: provider.id, model: model.id, text: JSON.stringify(model.rows) },
        ]),
      ),
    );
  const [old, fresh] = [rows(before), rows(after)];
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((key) => {
    const [was, is] = [old.get(key), fresh.get(key)];
    const { provider, model } = is ?? was ?? { provider: '', model: '' };
    return was?.text === is?.text ? [] : [{ provider, model }];
  });
}

function changesOf(target: Target, books: Books, sinceMs: number): RateChange[] {
  const asked = { ...target, ...target.scope, serviceTier: target.scope.tier, geo: '' };
  const shapes = books.flatMap((book) => book.shape(asked) ?? []);
  const starts = ascending([
    sinceMs,
    ...shapes.flatMap(({ startsMs }) => startsMs).filter((ms) => ms > sinceMs),
  ]);
  const sizes = [-1, ...ascending(shapes.flatMap((shape) => shape.sizes))];
  const pairAt = (bucket: Bucket, above: number, atMs: number): Pair => {
    const [before, after] = books.map(
      (book) => book.rate({ ...asked, bucket, atMs, inputTokens: above + 1 })?.rate,
    );
    return { before, after };
  };
  return BUCKET_NAMES.flatMap((bucket) =>
    sizes.flatMap((above, at) =>
      starts.flatMap((atMs, step) => {
        const pair = pairAt(bucket, above, atMs);
        if (pair.before === pair.after) return [];
        const earlier = starts[step - 1];
        if (earlier !== undefined && isSame(pair, pairAt(bucket, above, earlier))) return [];
        const smaller = sizes[at - 1];
        if (smaller !== undefined && isSame(pair, pairAt(bucket, smaller, atMs))) return [];
        const base = BUCKETS[bucket].side === 'output' ? 'textOut' : 'freshIn';
        const follows =
          bucket !== base && BUCKETS[bucket].side !== 'fee' && isSame(pair, pairAt(base, above, atMs));
        return [
          toChange(target, bucket, {
            above,
            from: step === 0 ? null : atMs,
            pair,
            follows: follows ? base : null,
          }),
        ];
      }),
    ),
  );
}

interface Pair {
  readonly before: bigint | undefined;
  readonly after: bigint | undefined;
}

function isSame(left: Pair, right: Pair): boolean {
  return left.before === right.before && left.after === right.after;
}

function toChange(
  { provider, model, scope }: Target,
  bucket: Bucket,
  found: {
    readonly above: number;
    readonly from: number | null;
    readonly pair: Pair;
    readonly follows: Bucket | null;
  },
): RateChange {
  const { before, after } = found.pair;
  return {
    provider,
    model,
    scope,
    bucket,
    aboveTokens: found.above < 0 ? null : found.above,
    from: found.from === null ? null : new Date(found.from).toISOString(),
    before: before === undefined ? null : formatDollars(before),
    after: after === undefined ? null : formatDollars(after),
    percent: percentOf(before, after),
    follows: found.follows,
  };
}

/** In hundredths of a per cent, rounded half to even. */
function percentOf(before: bigint | undefined, after: bigint | undefined): string | null {
  if (before === undefined || after === undefined || before === 0n) return null;
  const hundredths = divideRounded((after - before) * 10_000n, before);
  return formatDollars(hundredths * 10_000_000_000n);
}

function ascending(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].toSorted((a, b) => a - b);
}
