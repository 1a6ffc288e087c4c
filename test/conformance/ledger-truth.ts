/** An answer worked out in memory, from settlements, without SQL: what the ledger's answers are held against. */
import type { Charge, Settlement } from '../../src/gateway/call.ts';
import type { Dimension, Measure, Question } from '../../src/ledger/ledger.ts';
import { divideRounded, formatDollars } from '../../src/units/money.ts';
import { openCalendar } from '../../src/units/period.ts';
import { BUCKETS, sideTotal } from '../../src/units/tokens.ts';
import type { BucketSide } from '../../src/units/tokens.ts';

export interface TrueLine {
  readonly settlement: Settlement;
  readonly charge: Charge;
  readonly part: number;
  /** Where the buckets of a line are told apart: the one that this is about; its charge then holds nothing else. */
  readonly use?: { readonly bucket: string; readonly rate: string; readonly ofWhole: Charge };
}

export function trueLines(settlements: readonly Settlement[]): TrueLine[] {
  return settlements.flatMap((settlement) =>
    settlement.charges.map((charge, part) => ({ settlement, charge, part })),
  );
}

/** A line once per bucket that it used; once under no bucket when it used none. */
export function usesOf(line: TrueLine): TrueLine[] {
  const { charge } = line;
  const used = Object.entries(charge.usage).filter(([, count]) => count !== 0);
  const one = (bucket: string, rate: string, part: Partial<Charge>): TrueLine => ({
    ...line,
    charge: { ...charge, ...part },
    use: { bucket, rate, ofWhole: charge },
  });
  if (used.length === 0) return [one('', '', {})];
  const { cost } = charge;
  if (cost.kind === 'unpriced')
    return used.map(([bucket, count]) => one(bucket, '', { usage: { [bucket]: count } }));
  return cost.buckets.map((priced) =>
    one(priced.bucket, formatDollars(priced.rate), {
      usage: { [priced.bucket]: priced.units },
      cost: { kind: 'priced', total: priced.cost, buckets: [priced] },
    }),
  );
}

const isCall = (line: TrueLine): boolean =>
  line.part === 0 && line.settlement.intent.endpoint === 'inference';
const sum = (lines: readonly TrueLine[], of: (line: TrueLine) => number): number =>
  lines.reduce((total, line) => total + of(line), 0);
const units =
  (...buckets: Array<keyof typeof BUCKETS>) =>
  (line: TrueLine): number =>
    buckets.reduce((total, bucket) => total + (line.charge.usage[bucket] ?? 0), 0);
const callsOf = (lines: readonly TrueLine[]): number =>
  lines.filter((line) => isCall(line) && line.settlement.intent.attemptNumber === 1).length;

export function costOf(lines: readonly TrueLine[], side?: BucketSide): bigint {
  return lines.reduce((total, { charge }) => {
    if (charge.cost.kind === 'unpriced') return total;
    if (side === undefined) return total + charge.cost.total;
    return charge.cost.buckets.reduce(
      (part, { bucket, cost }) => (BUCKETS[bucket].side === side ? part + cost : part),
      total,
    );
  }, 0n);
}

function listCostOf(lines: readonly TrueLine[]): bigint {
  return lines.reduce((total, { charge }) => {
    if (charge.cost.kind === 'unpriced') return total;
    return charge.cost.buckets.reduce(
      (part, { units: used, cost, listRate }) =>
        part + (listRate === undefined ? cost : divideRounded(BigInt(used) * listRate, 1_000_000n)),
      total,
    );
  }, 0n);
}

export function trueFigure(measure: Measure, lines: readonly TrueLine[], totalCost: bigint): unknown {
  const calls = callsOf(lines);
  const inference = lines.filter((line) => line.settlement.intent.endpoint === 'inference');
  const side = (name: BucketSide) => (line: TrueLine) => sideTotal(line.charge.usage, name);
  switch (measure) {
    case 'calls':
      return calls;
    case 'requests':
      return new Set(inference.map((line) => line.settlement.intent.attribution.request)).size;
    case 'attempts':
      return lines.filter(isCall).length;
    case 'inputTokens':
      return sum(lines, side('input'));
    case 'outputTokens':
      return sum(lines, side('output'));
    case 'cacheReadTokens':
      return sum(lines, units('cacheRead', 'audioCacheRead'));
    case 'cacheWriteTokens':
      return sum(lines, units('cacheWrite5m', 'cacheWrite1h', 'cacheWriteUnknown'));
    case 'reasoningTokens':
      return sum(lines, units('reasoningOut'));
    case 'averageInputTokens':
      return calls === 0 ? null : sum(inference, side('input')) / calls;
    case 'averageOutputTokens':
      return calls === 0 ? null : sum(inference, side('output')) / calls;
    case 'cost':
      return formatDollars(costOf(lines));
    case 'inputCost':
      return formatDollars(costOf(lines, 'input'));
    case 'outputCost':
      return formatDollars(costOf(lines, 'output'));
    case 'feeCost':
      return formatDollars(costOf(lines, 'fee'));
    case 'share':
      return totalCost === 0n ? null : Number(divideRounded(costOf(lines) * 10n ** 12n, totalCost)) / 1e12;
    case 'costPerCall':
      return calls === 0 ? null : formatDollars(divideRounded(costOf(lines), BigInt(calls)));
    case 'unpricedCalls':
      return lines.filter(({ charge }) => charge.cost.kind === 'unpriced').length;
    case 'flaggedCalls':
      return lines.filter(({ charge }) => charge.flag !== '').length;
    case 'averageDurationMs': {
      const timed = lines.filter(isCall);
      return timed.length === 0 ? null : sum(timed, (line) => line.settlement.durationMs) / timed.length;
    }
    case 'units':
      return sum(lines, (line) => Object.values(line.charge.usage).reduce((total, one) => total + one, 0));
    case 'listCost':
      return formatDollars(listCostOf(lines));
    case 'lines':
      return lines.length;
    case 'composition':
      return { input: partsOf(lines, 'input'), output: partsOf(lines, 'output') };
  }
}

function partsOf(lines: readonly TrueLine[], side: 'input' | 'output'): Record<string, number> {
  const parts: Record<string, number> = {};
  for (const { settlement, part } of lines) {
    if (part !== 0) continue;
    for (const [name, tokens] of Object.entries(settlement.composition[side]))
      parts[name] = (parts[name] ?? 0) + tokens;
  }
  return Object.fromEntries(Object.entries(parts).filter(([, tokens]) => tokens !== 0));
}

/** A line's value of a dimension, by the settlement's own words. */
export function valueReader(timeZone: string): (line: TrueLine, dimension: Dimension) => string {
  const calendar = openCalendar(timeZone);
  const day = (atMs: number): string => calendar.format(atMs).slice(0, 10);
  return ({ settlement, charge, use }, dimension) => {
    const { intent } = settlement;
    if (dimension.startsWith('tag:')) {
      const name = dimension.slice(4);
      return Object.hasOwn(intent.attribution.tags, name) ? (intent.attribution.tags[name] ?? '') : '';
    }
    const at = intent.startedAtMs;
    switch (dimension) {
      case 'workflow':
      case 'team':
      case 'customer':
      case 'request':
      case 'session':
        return intent.attribution[dimension];
      case 'key':
      case 'provider':
      case 'modelRequested':
      case 'wire':
      case 'endpoint':
      case 'kind':
      case 'priceVersion':
        return intent[dimension];
      case 'account':
      case 'region':
      case 'path':
      case 'fingerprint':
        return intent[dimension] ?? '';
      case 'attributedBy':
        return intent.attribution.by ?? '';
      case 'source':
        return 'gateway';
      case 'leg':
        return 'settle';
      case 'cause':
      case 'correction':
      case 'forMonth':
        return '';
      case 'responseId':
        return settlement.responseId;
      case 'contextBand':
        return bandOf(sideTotal((use?.ofWhole ?? charge).usage, 'input'));
      case 'bucket':
      case 'rate':
        return use?.[dimension] ?? '';
      case 'stream':
        return String(intent.stream);
      case 'model':
      case 'part':
      case 'basis':
        return charge[dimension];
      case 'status':
      case 'serviceTier':
      case 'geo':
        return settlement[dimension];
      case 'day':
        return day(at);
      case 'month':
        return day(at).slice(0, 7);
      case 'week': {
        const noon = new Date(`${day(at)}T12:00:00Z`);
        noon.setUTCDate(noon.getUTCDate() - ((noon.getUTCDay() + 6) % 7));
        return noon.toISOString().slice(0, 10);
      }
      case 'hour': {
        const local = calendar.format(at);
        return `${local.slice(0, 13)}:00${local.slice(19)}`;
      }
      default:
        throw new Error(`no such dimension: ${dimension}`);
    }
  };
}

function bandOf(input: number): string {
  if (input <= 32_000) return '0-32k';
  if (input <= 128_000) return '32k-128k';
  if (input <= 200_000) return '128k-200k';
  if (input <= 256_000) return '200k-256k';
  if (input <= 272_000) return '256k-272k';
  return input <= 512_000 ? '272k-512k' : '512k+';
}

export function linesOf(
  lines: readonly TrueLine[],
  question: Pick<Question, 'during' | 'where' | 'timeZone' | 'simulated'>,
): TrueLine[] {
  const valueOf = valueReader(question.timeZone);
  return lines.filter((line) => {
    const { startedAtMs, simulated } = line.settlement.intent;
    if (startedAtMs < question.during.fromMs || startedAtMs >= question.during.toMs) return false;
    if (question.simulated !== 'include' && simulated !== (question.simulated === 'only')) return false;
    return question.where.every(({ dimension, is, not }) => {
      const value = valueOf(line, dimension);
      return (is?.includes(value) ?? true) && !(not?.includes(value) ?? false);
    });
  });
}

/** Groups by value, as text that keeps the values apart. */
export function groupsOf(
  lines: readonly TrueLine[],
  by: readonly Dimension[],
  timeZone: string,
): Map<string, TrueLine[]> {
  const valueOf = valueReader(timeZone);
  return Map.groupBy(lines, (line) => JSON.stringify(by.map((dimension) => valueOf(line, dimension))));
}
