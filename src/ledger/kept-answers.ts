/**
 * Answers that were given once and hold still: a page that is opened again, or the weeks before today that every look for
 * anomalies learns from. Lines are only ever added, so that a number of lines is a revision: as long as the ledger has as many
 * as before the question was asked, the answer is the same. Where lines are added all the time, the lines of the question's own
 * span and filter are counted instead, which is worth it for large answers alone.
 */
import type { Answer, LedgerReader, Question } from './question.ts';

export interface KeepOptions {
  /** As of when whoever asks asks: that of a demo may stand still, while the ledger's own goes on. Every answer bears it. */
  readonly nowMs: () => number;
  /** Rows of all answers that are kept together. */
  readonly mostRows?: number;
}

const MOST_ROWS = 100_000;
/** From here on counting the lines of a span takes a small part of the time that the answer takes. */
const LARGE = 1_000;

interface Kept {
  readonly answer: Answer;
  /** Lines of the ledger before the question was asked. */
  readonly ledgerLines: number;
  /** Lines of the question's span and filter before it was asked; undefined until somebody asked a second time. */
  readonly spanLines: string | undefined;
}

/** @returns a reader that differs from the one given in its speed, and in whose clock says as of when. */
export function keepAnswers(reader: LedgerReader, options: KeepOptions): LedgerReader {
  const kept = new KeptAnswers(reader, options);
  return { ...reader, ask: (question, signal) => kept.ask(question, signal) };
}

class KeptAnswers {
  readonly #reader: LedgerReader;
  readonly #options: KeepOptions;
  /** Those that were used last stand last. */
  readonly #kept = new Map<string, Kept>();
  #rows = 0;

  constructor(reader: LedgerReader, options: KeepOptions) {
    this.#reader = reader;
    this.#options = options;
  }

  async ask(question: Question, signal?: AbortSignal): Promise<Answer> {
    const key = JSON.stringify(question);
    const asOfMs = this.#options.nowMs(); // read before the lines are, so that it promises no more than they hold
    const { lines: ledgerLines, completeUntilMs } = await this.#reader.health();
    const kept = this.#kept.get(key);
    if (kept?.ledgerLines === ledgerLines) {
      this.#keep(key, kept);
      return { ...kept.answer, asOfMs, completeUntilMs };
    }
    const counted =
      kept !== undefined && isLarge(kept.answer) ? await this.#count(question, signal) : undefined;
    const spanLines = counted && `${counted.total.lines} ${counted.simulatedCalls}`;
    if (kept !== undefined && counted !== undefined && kept.spanLines === spanLines) {
      this.#keep(key, { ...kept, ledgerLines });
      return { ...kept.answer, asOfMs, completeUntilMs: counted.completeUntilMs };
    }
    const answer = await this.#reader.ask(question, signal);
    this.#keep(key, { answer, ledgerLines, spanLines });
    return { ...answer, asOfMs };
  }

  /** Lines of its span and filter; of those that are simulated the answer says the number. */
  #count({ during, where, timeZone, simulated }: Question, signal?: AbortSignal): Promise<Answer> {
    const count = { of: ['lines'], by: [], during, where, timeZone, simulated, limit: 1 } as const;
    return this.#reader.ask(count, signal);
  }

  #keep(key: string, kept: Kept): void {
    this.#drop(key);
    this.#kept.set(key, kept);
    this.#rows += sizeOf(kept.answer);
    const { mostRows = MOST_ROWS } = this.#options;
    for (const oldest of this.#kept.keys()) {
      if (this.#rows <= mostRows) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    this.#rows -= sizeOf(kept.answer);
  }
}

function sizeOf({ rows }: Answer): number {
  return rows.length + 1;
}

function isLarge({ rows }: Answer): boolean {
  return rows.length >= LARGE;
}
