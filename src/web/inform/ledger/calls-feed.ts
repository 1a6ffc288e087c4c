/**
 * What stands behind the table of calls: pages asked for ahead of the reader, pages far away given back, new lines either let
 * in on top or held back while somebody reads. Without React, so that it can be tested without a page.
 */
import type { CallsPage, LedgerLine } from '../../../api/contract.ts';
import { listOf, missingPage, NOTHING_YET, rowsHeld, withNew, withoutFar, withPage } from './call-list.ts';
import type { CallList, Sight } from './call-list.ts';
import { rowOf } from './call-row.ts';
import type { CallRow } from './call-row.ts';

export interface FeedOptions {
  readonly ask: (cursor: string, limit: number) => Promise<CallsPage>;
  readonly pageRows: number;
  /** Rows asked for before they are in sight. */
  readonly ahead: number;
}

export interface FeedState {
  readonly list: CallList;
  /** New lines that wait for the reader to look. */
  readonly waiting: number;
  /** Lines that came late, among older ones that are read already. */
  readonly late: number;
  readonly error: Error | null;
}

/** Rows kept on either side of the reader; what is further away is given back. */
const KEPT_PAGES = 6;
/** New lines held back; beyond that only their number is known, and letting them in starts from the newest. */
const MOST_WAITING = 1_000;
/** A first page that grew beyond this starts anew. */
const MOST_IN_FIRST = 5_000;
const CATCH_UP_ROWS = 100;
const RETRY_MS = 2_000;

const NO_STATE: FeedState = { list: NOTHING_YET, waiting: 0, late: 0, error: null };

export class CallsFeed {
  readonly #options: FeedOptions;
  readonly #listeners = new Set<() => void>();
  #state = NO_STATE;
  #held: CallRow[] = [];
  #sight: Sight = { first: 0, last: 0 };
  /** Counts starts from the newest: answers to a question of before are dropped. */
  #start = 0;
  #asking = false;
  #stopped = false;
  /** Lines arrived before the first page was there; whether it has them is not known. */
  #behind = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  readonly state = (): FeedState => this.#state;

  readonly subscribe = (listen: () => void): (() => void) => {
    this.#listeners.add(listen);
    this.#stopped = false;
    void this.#fill();
    return () => {
      this.#listeners.delete(listen);
      if (this.#listeners.size === 0) this.#stop();
    };
  };

  /** Says what is in sight, so that what comes next is there before it is reached. */
  look(sight: Sight): void {
    if (sight.first === this.#sight.first && sight.last === this.#sight.last) return;
    this.#sight = sight;
    this.#giveBack();
    void this.#fill();
  }

  /** New lines: let in on top, or held back while the reader is elsewhere. */
  arrived(lines: readonly LedgerLine[], isReading: boolean): void {
    if (this.#state.list.pages.length === 0) {
      this.#behind = true;
      return;
    }
    const rows = lines.map(rowOf);
    if (!isReading && this.#state.waiting === 0) return this.#letIn(rows);
    const known = new Set(this.#held.map(({ id }) => id));
    const fresh = rows.filter(({ id }) => !known.has(id));
    if (this.#held.length <= MOST_WAITING) this.#held.push(...fresh);
    this.#say({ waiting: this.#state.waiting + fresh.length });
  }

  /** Lets in what waits. Resolves when the newest are there. */
  showWaiting(): void {
    const held = this.#held;
    this.#held = [];
    const isWhole = held.length === this.#state.waiting;
    this.#say({ waiting: 0 });
    if (isWhole) this.#letIn(held);
    else this.reset();
  }

  /** Between the first page and a tail's start lines may have arrived that neither has. */
  async catchUp(isReading: () => boolean): Promise<void> {
    const start = this.#start;
    this.#behind = this.#state.list.pages.length === 0;
    if (this.#behind) return;
    const page = await this.#options.ask('', CATCH_UP_ROWS).catch(() => undefined);
    if (page === undefined || start !== this.#start || this.#stopped) return;
    const known = new Set(this.#state.list.pages[0]?.rows?.map(({ id }) => id));
    const fresh = page.lines.filter(({ id }) => !known.has(id));
    if (fresh.length === CATCH_UP_ROWS && page.nextCursor !== null) return this.reset();
    if (fresh.length > 0) this.arrived(fresh.toReversed(), isReading());
  }

  /** Starts from the newest; what was shown stays until they are there. */
  reset(): void {
    this.#start += 1;
    this.#asking = false;
    this.#held = [];
    this.#say({ waiting: 0, late: 0, error: null });
    this.#sight = { first: 0, last: 0 };
    void this.#ask(0, this.#start, NOTHING_YET);
  }

  #letIn(rows: readonly CallRow[]): void {
    const { list, late } = withNew(this.#state.list, rows);
    if ((list.pages[0]?.count ?? 0) > MOST_IN_FIRST) return this.reset();
    this.#say({ list, late: this.#state.late + late });
  }

  #giveBack(): void {
    const { pageRows, ahead } = this.#options;
    const list = withoutFar(this.#state.list, this.#sight, ahead + KEPT_PAGES * pageRows);
    if (list !== this.#state.list) this.#say({ list });
  }

  async #fill(): Promise<void> {
    if (this.#asking || this.#stopped) return;
    const at = missingPage(this.#state.list, this.#sight, this.#options.ahead);
    if (at !== undefined) await this.#ask(at, this.#start, this.#state.list);
  }

  /** Asks for one page of the chain, and goes on while any is missing. One question at a time: each needs the cursor before. */
  async #ask(at: number, start: number, list: CallList): Promise<void> {
    this.#asking = true;
    const cursor = list.pages[at]?.cursor ?? (at === 0 ? '' : (list.pages[at - 1]?.next ?? ''));
    // A page that is asked for again must come back as long as it was.
    const limit = list.pages[at]?.count ?? this.#options.pageRows;
    const answer = await this.#options
      .ask(cursor, limit)
      .then(({ lines, nextCursor }) => ({ rows: lines.map(rowOf), nextCursor }))
      .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
    if (start !== this.#start) return;
    this.#asking = false;
    if (this.#stopped) return;
    if (answer instanceof Error) {
      this.#say({ error: answer });
      this.#timer = setTimeout(() => {
        if (start === this.#start && !this.#asking) void this.#ask(at, start, list);
      }, RETRY_MS);
      return;
    }
    const base = list.pages.length === 0 ? listOf([]) : this.#state.list;
    this.#say({ list: withPage(base, at, answer.rows, answer.nextCursor), error: null });
    if (this.#behind) await this.catchUp(() => false);
    await this.#fill();
  }

  #stop(): void {
    this.#stopped = true;
    this.#start += 1;
    this.#asking = false;
    clearTimeout(this.#timer);
  }

  #say(change: Partial<FeedState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listen of this.#listeners) listen();
  }

  /** For tests: how many rows are in memory. */
  held(): number {
    return rowsHeld(this.#state.list) + this.#held.length;
  }
}
