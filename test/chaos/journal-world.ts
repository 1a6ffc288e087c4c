/**
 * What the journal's and the drain's chaos tests have in common: plain calls to record, places to record them, and a
 * ledger in memory or in a file that drops a batch whose token it has seen, as ClickHouse does.
 */
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Intent, Settlement } from '../../src/gateway/call.ts';
import type { LineSink } from '../../src/ledger/drain/drain.ts';
import type { LinePosition } from '../../src/ledger/line.ts';
import type { Frame } from '../../src/ledger/journal/frame.ts';
import type { Damage } from '../../src/ledger/journal/reader.ts';
import { openReader } from '../../src/ledger/journal/reader.ts';

export function someIntent(attempt: string, tags: Readonly<Record<string, string>> = {}): Intent {
  const usage = { freshIn: 1_200, textOut: 400 };
  return {
    call: `call-${attempt}`,
    attempt,
    attemptNumber: 1,
    kind: 'primary',
    startedAtMs: 1_790_000_000_000,
    attribution: {
      workflow: 'support',
      team: 'care',
      customer: 'acme',
      request: `r-${attempt}`,
      session: '',
      tags,
    },
    key: 'unkeyed',
    provider: 'openai',
    priceProvider: 'openai',
    wire: 'openai-chat',
    endpoint: 'inference',
    modelRequested: 'gpt-x',
    model: 'gpt-x',
    stream: true,
    simulated: false,
    rulebookVersion: 7,
    priceVersion: 'p1',
    presumed: {
      usage,
      cost: {
        kind: 'priced',
        total: 5_000_000_000_123n,
        buckets: [
          { bucket: 'freshIn', units: 1_200, rate: 1_250_000_000_000n, cost: 1_500_000_000n },
          { bucket: 'textOut', units: 400, rate: 10_000_000_000_000n, cost: 4_000_000_000n },
        ],
      },
    },
  };
}

export function someSettlement(intent: Intent): Settlement {
  const { usage, cost } = intent.presumed;
  return {
    intent,
    status: 'ok',
    httpStatus: 200,
    finishReason: 'stop',
    modelReturned: 'gpt-x-2026',
    responseId: `resp-${intent.attempt}`,
    serviceTier: 'default',
    geo: '',
    durationMs: 900,
    firstByteMs: 200,
    overheadMicros: 300,
    composition: { basis: 'estimated', input: { system: 200, user: 1_000 }, output: { text: 400 } },
    charges: [{ part: 'call', model: 'gpt-x', usage, basis: 'reported', flag: '', cost }],
  };
}

/** Rows that are easy to count: attempt, leg, journal, sequence. */
export const plainLines = (settlement: Settlement, at: LinePosition): string =>
  plainRow(settlement.intent, 'settle', at);
export const plainPresumed = (intent: Intent, at: LinePosition): string => plainRow(intent, 'presume', at);

function plainRow(intent: Intent, leg: string, at: LinePosition): string {
  return `${JSON.stringify([intent.attempt, leg, at.journal, at.sequence])}\n`;
}

/** A fresh directory, removed when the callback is done. */
export async function inDirectory<T>(work: (directory: string) => T | Promise<T>): Promise<T> {
  // Memory where there is some: a killed process loses nothing there either, and an fdatasync costs nothing.
  const directory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'journal-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Frames copied out of a journal, and the damage met on the way. */
export function readJournal(
  directory: string,
  through = Number.POSITIVE_INFINITY,
): { frames: (Pick<Frame, 'sequence' | 'type' | 'reference'> & { text: string })[]; damage: Damage[] } {
  const damage: Damage[] = [];
  const frames = [];
  const reader = openReader(directory, undefined, (found) => damage.push(found));
  for (let frame = reader.next(through); frame !== undefined; frame = reader.next(through)) {
    frames.push({
      sequence: frame.sequence,
      type: frame.type,
      reference: frame.reference,
      text: frame.text.toString(),
    });
  }
  reader.close();
  return { frames, damage };
}

type Row = readonly [attempt: string, leg: string, journal: string, sequence: number];

/** `attempt leg` of the rows that are there more than once. */
export function doubled(rows: readonly string[]): string[] {
  const seen = new Set<string>();
  return legs(rows).filter((leg) => seen.size === seen.add(leg).size);
}

/** `attempt leg` of every row. */
export function legs(rows: readonly string[]): string[] {
  return rows.map((row) => JSON.parse(row) as Row).map(([attempt, leg]) => `${attempt} ${leg}`);
}

export type SinkFailure = 'before' | 'after' | 'none';

/** A ledger that drops a batch whose token it has seen. With a path it outlives its process. */
export class TokenSink implements LineSink {
  readonly rows: string[] = [];
  inserts = 0;
  /** Asked at each insert whether it fails, and on which side of its commit. */
  fail: (insert: number) => SinkFailure = () => 'none';
  /** How many inserts a token is remembered for. */
  tokenWindow = Number.POSITIVE_INFINITY;
  #tokens: string[] = [];
  readonly #path: string | undefined;

  constructor(path?: string) {
    this.#path = path;
    if (path === undefined || !existsSync(path)) return;
    for (const line of readFileSync(path, 'utf8').trimEnd().split('\n')) {
      const kept = JSON.parse(line) as { token: string; rows: string[] };
      this.#tokens.push(kept.token);
      this.rows.push(...kept.rows);
    }
  }

  insert(batch: { token: string; rows: readonly Buffer[] }): Promise<void> {
    this.inserts += 1;
    const failure = this.fail(this.inserts);
    if (failure === 'before') return Promise.reject(new Error('the store is down'));
    this.commit(
      batch.token,
      batch.rows.flatMap((rows) => rows.toString().trimEnd().split('\n')),
    );
    return failure === 'after' ? Promise.reject(new Error('time-out after the commit')) : Promise.resolve();
  }

  commit(token: string, rows: readonly string[]): void {
    if (this.tokenWindow > 0 && this.#tokens.slice(-this.tokenWindow).includes(token)) return;
    this.#tokens.push(token);
    this.rows.push(...rows);
    if (this.#path !== undefined) appendFileSync(this.#path, `${JSON.stringify({ token, rows })}\n`);
  }

  existing(journal: string, first: number, last: number): Promise<ReadonlySet<number>> {
    const found = this.rows
      .map((row) => JSON.parse(row) as Row)
      .filter(([, , from, sequence]) => from === journal && sequence >= first && sequence <= last)
      .map(([, , , sequence]) => sequence);
    return Promise.resolve(new Set(found));
  }
}
