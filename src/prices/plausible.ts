/**
 * Whether an edit of a price can be meant. What cannot be a price at all is refused; what is only unlikely (a jump, a unit
 * mistaken, an order among buckets that no provider has) is refused until somebody confirms it with a reason.
 */
import type { Picodollars } from '../units/money.ts';
import { formatDollars } from '../units/money.ts';
import { BUCKETS, BUCKET_NAMES } from '../units/tokens.ts';
import type { Bucket } from '../units/tokens.ts';
import type { PriceBookData, PriceOverride } from './book.ts';
import { compilePattern, normalizeName } from './names.ts';
import { instantMs, overrideProblems, withOverrides } from './overrides.ts';
import { openPriceBook } from './charge.ts';
import type { PriceBook } from './charge.ts';

export interface Finding {
  /** `impossible` cannot be confirmed. */
  readonly kind: 'impossible' | 'suspicious';
  readonly code:
    | 'invalid'
    | 'closed-month'
    | 'factor'
    | 'per-token'
    | 'per-thousand'
    | 'free'
    | 'read-above-input'
    | 'write-below-read'
    | 'output-below-input';
  readonly message: string;
}

export interface EditAsk {
  readonly edit: PriceOverride;
  /** The book without the edit. */
  readonly before: PriceBookData;
  /** The book with it, where it makes one; undefined: `before` with the edit laid over. */
  readonly after?: PriceBookData;
  /** Locked months, `2026-09`. */
  readonly locked: readonly string[];
  readonly nowMs: number;
}

const MOST_TARGETS = 400;
const FACTOR = 10n;

/** Everything that speaks against an edit; empty when nothing does. */
export function judgeEdit(ask: EditAsk): Finding[] {
  const invalid = overrideProblems(ask.edit).map((message): Finding => ({
    kind: 'impossible',
    code: 'invalid',
    message,
  }));
  if (invalid.length > 0) return invalid;
  const closed = closedMonth(ask.edit.from, ask.locked);
  if (closed) return [closed];
  const before = openPriceBook(ask.before);
  const after = openPriceBook(
    ask.after ?? withOverrides(ask.before, [...(ask.before.overrides ?? []), ask.edit]),
  );
  const findings = targetsOf(ask.edit, ask.before, before).flatMap((target) =>
    judgeTarget(ask, target, before, after),
  );
  return worstOfEach(findings);
}

/** Why a price cannot begin, or end, at a time; undefined when it can. Closed months do not move. */
export function closedMonth(from: string | undefined, locked: readonly string[]): Finding | undefined {
  const last = locked.toSorted().at(-1);
  if (last === undefined) return undefined;
  const [year = 0, month = 0] = last.split('-').map(Number);
  if (instantMs(from, -Infinity) >= Date.UTC(year, month, 1)) return undefined;
  return {
    kind: 'impossible',
    code: 'closed-month',
    message:
      `it would hold from ${from ?? 'the beginning'}, and ${last} is closed: closed months do not move. ` +
      `Let it begin on ${new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10)} or later; what a closed month was billed wrongly is corrected by reconciling its invoice.`,
  };
}

interface Target {
  readonly provider: string;
  readonly model: string;
}

/** The models of the book that the edit is about; the name itself where it names one that the book does not know. */
function targetsOf(edit: PriceOverride, data: PriceBookData, book: PriceBook): Target[] {
  const fitsProvider = compilePattern(edit.provider);
  const providers = edit.provider.includes('*')
    ? (data.providers ?? []).map(({ id }) => id).filter((id) => fitsProvider(normalizeName(id)))
    : [edit.provider];
  const fits = compilePattern(edit.model);
  return providers
    .flatMap((provider) =>
      edit.model.includes('*')
        ? book
            .modelNames(provider)
            .filter((model) => fits(normalizeName(model)))
            .map((model) => ({ provider, model }))
        : [{ provider, model: edit.model }],
    )
    .slice(0, MOST_TARGETS);
}

type Rates = ReadonlyMap<Bucket, { readonly rate: Picodollars; readonly list: Picodollars }>;

function judgeTarget(
  { edit, nowMs }: EditAsk,
  target: Target,
  before: PriceBook,
  after: PriceBook,
): Finding[] {
  const at = {
    edit,
    target,
    atMs: Math.max(instantMs(edit.from, -Infinity), edit.from === undefined ? nowMs : -Infinity),
  };
  const [old, fresh] = [ratesOf(before, at), ratesOf(after, at)];
  const jumps = BUCKET_NAMES.flatMap((bucket) => {
    const [was, is] = [old.get(bucket), fresh.get(bucket)];
    if (!was || !is || is.rate === was.rate) return [];
    const found = jump(target, bucket, is.rate, was.rate, 'the price before');
    if (found !== undefined) return [found];
    const againstList = was.list === was.rate ? undefined : jump(target, bucket, is.rate, was.list, 'list');
    return againstList === undefined ? [] : [againstList];
  });
  return [...jumps, ...relations(target, edit, old, fresh)];
}

function ratesOf(
  book: PriceBook,
  { edit, target, atMs }: { readonly edit: PriceOverride; readonly target: Target; readonly atMs: number },
): Rates {
  const rates = new Map<Bucket, { rate: Picodollars; list: Picodollars }>();
  for (const bucket of BUCKET_NAMES) {
    const found = book.rate({
      ...target,
      bucket,
      atMs,
      inputTokens: edit.tierThresholdTokens === undefined ? 0 : edit.tierThresholdTokens + 1,
      serviceTier: edit.tier ?? '',
      geo: '',
      team: edit.team ?? '',
      account: edit.account ?? '',
      region: edit.region ?? '',
    });
    if (found) rates.set(bucket, { rate: found.rate, list: found.listRate ?? found.rate });
  }
  return rates;
}

function jump(
  target: Target,
  bucket: Bucket,
  is: Picodollars,
  was: Picodollars,
  against: string,
): Finding | undefined {
  const words = `${target.provider}/${target.model}, ${BUCKETS[bucket].label}: ${formatDollars(is)} dollars per million against ${formatDollars(was)} (${against})`;
  if (was === 0n || is === was) return undefined;
  if (is === 0n) return suspicious('free', `${words}: it would cost nothing`);
  const [large, small] = is > was ? [is, was] : [was, is];
  if (large <= small * FACTOR) return undefined;
  const times = `${(large + small / 2n) / small} times ${is > was ? 'dearer' : 'cheaper'}`;
  const between = (low: bigint, high: bigint): boolean => large >= small * low && large <= small * high;
  if (between(100_000n, 10_000_000n))
    return suspicious('per-token', `${words}: ${times}; is it a price per token? Prices are per million`);
  if (between(200n, 5_000n))
    return suspicious(
      'per-thousand',
      `${words}: ${times}; is it a price per thousand? Prices are per million`,
    );
  return suspicious('factor', `${words}: ${times}`);
}

/** Orders that providers keep among a model's prices; only those that the edit itself brings about are reported. */
function relations(target: Target, edit: PriceOverride, old: Rates, fresh: Rates): Finding[] {
  const rules: ReadonlyArray<readonly [Finding['code'], Bucket, Bucket, bigint, string]> = [
    [
      'read-above-input',
      'freshIn',
      'cacheRead',
      1n,
      'reading from the cache would be dearer than fresh input',
    ],
    [
      'write-below-read',
      'cacheWrite5m',
      'cacheRead',
      1n,
      'writing to the cache would be cheaper than reading from it',
    ],
    [
      'write-below-read',
      'cacheWrite1h',
      'cacheRead',
      1n,
      'writing to the cache would be cheaper than reading from it',
    ],
    ['output-below-input', 'textOut', 'freshIn', FACTOR, 'output would be less than a tenth of input'],
  ];
  return rules.flatMap(([code, large, small, times, words]) => {
    const breaks = (rates: Rates): boolean => {
      const [a, b] = [rates.get(large)?.rate, rates.get(small)?.rate];
      return a !== undefined && b !== undefined && a * times < b;
    };
    const stated = (bucket: Bucket): boolean => edit.rates?.[bucket] !== undefined;
    if (!breaks(fresh) || (breaks(old) && !stated(large) && !stated(small))) return [];
    const amount = (bucket: Bucket): string => formatDollars(fresh.get(bucket)?.rate ?? 0n);
    return [
      suspicious(
        code,
        `${target.provider}/${target.model}: ${words} (${BUCKETS[large].label} ${amount(large)}, ${BUCKETS[small].label} ${amount(small)} dollars per million)`,
      ),
    ];
  });
}

function suspicious(code: Finding['code'], message: string): Finding {
  return { kind: 'suspicious', code, message };
}

const MOST_OF_A_CODE = 3;

/** A pattern can concern a hundred models: three findings of a kind say enough. */
function worstOfEach(findings: readonly Finding[]): Finding[] {
  return [...Map.groupBy(findings, ({ code }) => code).values()].flatMap((alike) => {
    const unique = [...new Map(alike.map((one) => [one.message, one])).values()];
    const more = unique.length - MOST_OF_A_CODE;
    const shown = unique.slice(0, MOST_OF_A_CODE);
    return more > 0 && shown[0] ? [...shown, { ...shown[0], message: `and ${more} more like these` }] : shown;
  });
}
