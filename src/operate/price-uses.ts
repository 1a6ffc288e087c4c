/** What was used, as the ledger tells it, in sums that one rate can price. */
import type { Condition, Dimension, LedgerReader, Span } from '../ledger/question.ts';
import type { PriceBook, PriceOverride, Use } from '../prices/prices.ts';
import { parseDollars } from '../units/money.ts';

/** A use, and where it belongs in the answer. */
export interface GroupedUse {
  readonly use: Use;
  readonly group: readonly string[];
  readonly lines: number;
}

export interface UsesAsk {
  readonly during: Span;
  readonly where: readonly Condition[];
  /** What the answer is grouped by; at most two beside what prices need. */
  readonly by: readonly Dimension[];
  /** The books that will price them: what they tell apart is asked for. */
  readonly books: readonly PriceBook[];
  readonly overrides: readonly PriceOverride[];
  /** The price book's name of a provider of the ledger. */
  readonly priceName: (provider: string) => string;
}

const MOST_GROUPS = 10_000;
const MOST_DIMENSIONS = 8;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Whole input of the requests in each band of the ledger; the last has no end. */
const BANDS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  '0-32k': [0, 32_000],
  '32k-128k': [32_001, 128_000],
  '128k-200k': [128_001, 200_000],
  '200k-256k': [200_001, 256_000],
  '256k-272k': [256_001, 272_000],
  '272k-512k': [272_001, 512_000],
  '512k+': [512_001, 10_000_000],
};

/** @throws RangeError when the span holds more than can be told apart; the message says how to narrow it. */
export async function readUses(ledger: LedgerReader, ask: UsesAsk): Promise<GroupedUse[]> {
  const kinds = await askAll(ledger, ask.during, {
    by: ['provider', 'serviceTier', 'geo'],
    where: ask.where,
  });
  const found: GroupedUse[] = [];
  for (const [provider = '', serviceTier = '', geo = ''] of kinds.map(({ group }) => group)) {
    const kind = { provider, serviceTier, geo };
    const where: Condition[] = [
      ...ask.where,
      ...Object.entries(kind).map(([dimension, value]) => ({
        dimension: dimension as Dimension,
        is: [value],
      })),
    ];
    for (const during of await spansOf(ledger, ask, kind, where))
      found.push(...(await usesOfKind(ledger, ask, { ...kind, where, during })));
  }
  return found;
}

interface Kind {
  readonly provider: string;
  readonly serviceTier: string;
  readonly geo: string;
}

interface KindAsk extends Kind {
  readonly where: readonly Condition[];
  readonly during: TimedSpan;
}

interface TimedSpan extends Span {
  readonly unit: 'day' | 'hour';
}

/** Cut where a price changes inside a day; by the hour where prices depend on it. */
async function spansOf(
  ledger: LedgerReader,
  { during, books, priceName }: UsesAsk,
  { provider, serviceTier, geo }: Kind,
  where: readonly Condition[],
): Promise<TimedSpan[]> {
  const models = await askAll(ledger, during, { by: ['model'], where });
  const shapes = models.flatMap(({ group: [model = ''] }) =>
    books.flatMap((book) => book.shape({ provider: priceName(provider), model, serviceTier, geo }) ?? []),
  );
  const cuts = shapes
    .flatMap(({ startsMs }) => startsMs)
    .filter((ms) => ms > during.fromMs && ms < during.toMs && ms % DAY_MS !== 0);
  const unit = shapes.some(({ daily }) => daily) ? 'hour' : 'day';
  const edges = [...new Set([during.fromMs, ...cuts, during.toMs])].toSorted((a, b) => a - b);
  return edges.slice(1).map((toMs, at) => ({ fromMs: edges[at] ?? 0, toMs, unit }));
}

async function usesOfKind(ledger: LedgerReader, ask: UsesAsk, kind: KindAsk): Promise<GroupedUse[]> {
  const { unit } = kind.during;
  const scopes = (['team', 'account', 'region'] as const).filter((scope) =>
    ask.overrides.some((override) => override[scope] !== undefined),
  );
  const fixed: readonly Dimension[] = [unit, 'model', 'contextBand', 'bucket', 'rate'];
  const constant = new Set<Dimension>(['provider', 'serviceTier', 'geo']);
  const by = [...new Set<Dimension>([...fixed, ...scopes, ...ask.by.filter((one) => !constant.has(one))])];
  if (by.length > MOST_DIMENSIONS)
    throw new RangeError(
      `prices here need ${[...fixed, ...scopes].join(', ')}, which leaves ${MOST_DIMENSIONS - fixed.length - scopes.length} dimensions for the answer; ask by fewer`,
    );
  const rows = await askAll(ledger, kind.during, { by, where: kind.where });
  return rows.map(({ group, cost, units, lines }) => {
    const value = (dimension: Dimension): string =>
      constant.has(dimension) ? kind[dimension as keyof Kind] : (group[by.indexOf(dimension)] ?? '');
    const [leastInput, mostInput] = BANDS[value('contextBand')] ?? [0, 10_000_000];
    const rate = value('rate');
    const startMs = Date.parse(unit === 'day' ? `${value('day')}T00:00:00Z` : value('hour'));
    const use: Use = {
      provider: ask.priceName(kind.provider),
      model: value('model'),
      serviceTier: kind.serviceTier,
      geo: kind.geo,
      bucket: value('bucket'),
      units,
      rate: rate === '' ? undefined : parseDollars(rate),
      cost: parseDollars(cost),
      fromMs: Math.max(startMs, kind.during.fromMs),
      toMs: Math.min(startMs + (unit === 'day' ? DAY_MS : HOUR_MS), kind.during.toMs),
      leastInput,
      mostInput,
      team: value('team'),
      account: value('account'),
      region: value('region'),
      lines: JSON.stringify(by.map((one, at) => (one === 'bucket' || one === 'rate' ? '' : group[at]))),
    };
    return { use, group: ask.by.map(value), lines };
  });
}

interface Row {
  readonly group: readonly string[];
  readonly cost: string;
  readonly units: number;
  readonly lines: number;
}

/** All groups: where there are more than one answer holds, the span is halved until each half fits. */
async function askAll(
  ledger: LedgerReader,
  during: Span,
  { by, where }: { readonly by: readonly Dimension[]; readonly where: readonly Condition[] },
): Promise<Row[]> {
  const answer = await ledger.ask({
    of: ['cost', 'units', 'lines'],
    by,
    during: { fromMs: during.fromMs, toMs: during.toMs },
    where,
    timeZone: 'UTC',
    simulated: 'exclude',
    limit: MOST_GROUPS,
  });
  if (answer.other === null)
    return answer.rows.map(({ group, figures: { cost = '0', units = 0, lines = 0 } }) => ({
      group,
      cost,
      units,
      lines,
    }));
  const timed = by.includes('day') || by.includes('hour');
  const step = by.includes('hour') ? HOUR_MS : DAY_MS;
  const middle = Math.round((during.fromMs + during.toMs) / 2 / step) * step;
  if (!timed || middle <= during.fromMs || middle >= during.toMs)
    throw new RangeError(
      `there are more than ${MOST_GROUPS} groups here at once, so they cannot be priced one by one; ask for less with where, or by fewer dimensions`,
    );
  const halves = [
    { fromMs: during.fromMs, toMs: middle },
    { fromMs: middle, toMs: during.toMs },
  ];
  return (await Promise.all(halves.map((half) => askAll(ledger, half, { by, where })))).flat();
}

/** Spend per provider, model and bucket as booked; every value of the ledger, none invented. */
export async function readSpend(
  ledger: LedgerReader,
  ask: { readonly during: Span; readonly by: readonly Dimension[]; readonly where?: readonly Condition[] },
): Promise<Row[]> {
  return askAll(ledger, ask.during, { by: ask.by, where: ask.where ?? [] });
}
