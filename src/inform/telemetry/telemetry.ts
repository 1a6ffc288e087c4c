/**
 * The front door of telemetry: spans of applications that do not pass the gateway become lines, once.
 *
 * A call is told by its response id. What the gateway recorded already is left out; what a sender repeats is left out; and
 * where a gateway's line arrives after the span's, the span's is taken back by an adjustment.
 */
import { createHash } from 'node:crypto';

import type { LedgerPoster, Posting } from '../../ledger/posting.ts';
import type { Condition, LedgerReader, Span as Period } from '../../ledger/question.ts';
import { findCalls, settlementOf, spanKey } from './calls.ts';
import type { SettleWorld } from './calls.ts';
import type { Span } from './otlp.ts';

export { readTraceRequest } from './otlp.ts';
export type { Span, SpanReading } from './otlp.ts';
export type { SettleWorld } from './calls.ts';
export { createExporter } from './exporter.ts';
export type { Exporter, ExporterWorld, ExportStep } from './exporter.ts';

export interface Taken {
  /** Lines written. */
  readonly calls: number;
  /** Calls that the ledger had already, from the gateway or from an earlier export. */
  readonly known: number;
  /** Spans that call no model, or repeat what is below them. */
  readonly skipped: number;
  readonly unpriced: number;
  /** Spans of an earlier request whose call the gateway turned out to have recorded: taken back. */
  readonly takenBack: number;
}

export interface SpanIntake {
  /** One request at a time, in order; the next waits. @throws what ledger and poster throw: then nothing is lost if the sender repeats. */
  take(spans: readonly Span[], world: SettleWorld): Promise<Taken>;
}

const DAY_MS = 86_400_000;
/** A span and the gateway's line of the same call lie at most this far apart. */
const SLACK_MS = DAY_MS;
const MOST_IDS = 1_000;
const POSTINGS_AT_ONCE = 5_000;
/** Calls of the last minutes are looked at again: the gateway's line may come after the span. */
const WATCHED = 5_000;
const MOST_PARENTS = 50_000;

export function createSpanIntake(reader: LedgerReader, poster: LedgerPoster): SpanIntake {
  const pricedParents = new BoundedSet(MOST_PARENTS);
  const watched = new Map<string, Posting>();
  let last: Promise<unknown> = Promise.resolve();

  async function take(spans: readonly Span[], world: SettleWorld): Promise<Taken> {
    const takenBack = await takeBackDoubles(reader, poster, watched);
    const verdicts = findCalls(spans, pricedParents.values);
    const calls = new Map<string, Span>();
    for (const verdict of verdicts) if (verdict.kind === 'call') calls.set(verdict.responseId, verdict.span);
    const known = await knownIds(reader, [...calls.keys()], periodOf([...calls.values()]));
    const postings: Posting[] = [...calls]
      .filter(([responseId]) => !known.has(responseId))
      .map(([responseId, span]) => ({
        settlement: settlementOf(span, responseId, world),
        leg: 'settle',
        source: 'telemetry',
      }));
    for (let from = 0; from < postings.length; from += POSTINGS_AT_ONCE) {
      const batch = postings.slice(from, from + POSTINGS_AT_ONCE);
      await poster.post({ id: batchId('otlp', batch), postings: batch });
    }
    for (const posting of postings) watch(watched, posting);
    for (const span of calls.values()) pricedParents.add(spanKey(span.traceId, span.parentSpanId));
    return {
      calls: postings.length,
      known: verdicts.filter(({ kind }) => kind === 'call').length - postings.length,
      skipped: verdicts.filter(({ kind }) => kind === 'skipped').length,
      unpriced: postings.filter(({ settlement }) => settlement.charges[0]?.cost.kind === 'unpriced').length,
      takenBack,
    };
  }

  return {
    take(spans, world) {
      const result = last.then(() => take(spans, world));
      last = result.catch(() => undefined);
      return result;
    },
  };
}

/** The identity of a batch is that of its calls, so that a repeated export is a repeated batch. */
function batchId(kind: string, postings: readonly Posting[]): string {
  const ids = postings.map(({ settlement }) => settlement.intent.call).toSorted();
  return `${kind}-${createHash('sha256').update(ids.join('\n')).digest('hex').slice(0, 40)}`;
}

function periodOf(spans: readonly Span[]): Period {
  const starts = spans.map(({ startedAtMs }) => startedAtMs);
  return {
    fromMs: starts.reduce((least, ms) => Math.min(least, ms), Number.MAX_SAFE_INTEGER) - SLACK_MS,
    toMs: starts.reduce((most, ms) => Math.max(most, ms), 0) + SLACK_MS,
  };
}

/** Which response ids the ledger knows, under some conditions. */
async function knownIds(
  reader: LedgerReader,
  ids: readonly string[],
  during: Period,
  where: readonly Condition[] = [],
): Promise<Set<string>> {
  const known = new Set<string>();
  for (let from = 0; from < ids.length; from += MOST_IDS) {
    const is = ids.slice(from, from + MOST_IDS);
    const answer = await reader.ask({
      of: ['lines'],
      by: ['responseId'],
      during,
      where: [{ dimension: 'responseId', is }, ...where],
      timeZone: 'UTC',
      simulated: 'include',
      limit: MOST_IDS,
    });
    for (const { group } of answer.rows) known.add(group[0] ?? '');
  }
  return known;
}

function watch(watched: Map<string, Posting>, posting: Posting): void {
  const { responseId } = posting.settlement;
  if (responseId.startsWith('span:')) return; // no gateway line can have this id
  watched.set(responseId, posting);
  for (const oldest of watched.keys()) {
    if (watched.size <= WATCHED) break;
    watched.delete(oldest);
  }
}

/** Takes back the lines of spans whose call the gateway has recorded since. */
async function takeBackDoubles(
  reader: LedgerReader,
  poster: LedgerPoster,
  watched: Map<string, Posting>,
): Promise<number> {
  if (watched.size === 0) return 0;
  const starts = [...watched.values()].map(({ settlement }) => settlement.intent.startedAtMs);
  const during = {
    fromMs: starts.reduce((least, ms) => Math.min(least, ms), Number.MAX_SAFE_INTEGER) - SLACK_MS,
    toMs: starts.reduce((most, ms) => Math.max(most, ms), 0) + SLACK_MS,
  };
  const doubled = await knownIds(reader, [...watched.keys()], during, [
    { dimension: 'source', not: ['telemetry'] },
  ]);
  const postings = [...doubled].flatMap((id) => {
    const posting = watched.get(id);
    return posting === undefined ? [] : [reversed(posting)];
  });
  if (postings.length === 0) return 0;
  await poster.post({ id: batchId('otlp-back', postings), postings });
  for (const id of doubled) watched.delete(id);
  return postings.length;
}

function reversed({ settlement, source }: Posting): Posting {
  const charges = settlement.charges.map((charge) => ({
    ...charge,
    usage: Object.fromEntries(Object.entries(charge.usage).map(([bucket, units]) => [bucket, -units])),
    cost:
      charge.cost.kind === 'unpriced'
        ? charge.cost
        : {
            kind: 'priced' as const,
            total: -charge.cost.total,
            buckets: charge.cost.buckets.map((one) => ({ ...one, units: -one.units, cost: -one.cost })),
          },
  }));
  const unpriced = settlement.charges[0]?.cost.kind === 'unpriced' ? -1 : 0;
  const isCall = settlement.intent.endpoint === 'inference';
  const { input } = settlement.composition;
  const composition = { ...settlement.composition, input: { unknown: -(input.unknown ?? 0) } };
  return {
    settlement: { ...settlement, charges, composition },
    leg: 'adjust',
    source,
    cause: 'duplicate-telemetry',
    counts: { calls: isCall ? -1 : 0, attempts: isCall ? -1 : 0, unpriced },
  };
}

/** A set that forgets its oldest members. */
class BoundedSet {
  readonly values = new Set<string>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  add(value: string): void {
    this.values.add(value);
    for (const oldest of this.values) {
      if (this.values.size <= this.#most) break;
      this.values.delete(oldest);
    }
  }
}
