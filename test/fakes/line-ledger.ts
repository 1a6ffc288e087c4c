/**
 * A ledger of few lines in memory that answers questions, moves and takes postings as the real one says it does, for
 * tests of what decides over it. `test/conformance/attribution.test.ts` puts the same cases to the real one.
 */
import { LedgerAway } from '../../src/ledger/ledger.ts';
import type { LedgerPoster, Move, Posting } from '../../src/ledger/posting.ts';
import type {
  Answer,
  Condition,
  Dimension,
  Figures,
  LedgerReader,
  LockedMonth,
  Question,
} from '../../src/ledger/question.ts';
import { formatDollars, parseDollars } from '../../src/units/money.ts';
import { EMPTY_ANSWER, fakeLedger } from './ledger.ts';

/** Dimensions by name (`tag:env` too), and what the line adds up to. */
export interface FakeLine {
  readonly atMs: number;
  readonly is: Readonly<Record<string, string>>;
  readonly cost: string;
  readonly calls?: number;
  readonly unpriced?: number;
  readonly tokens?: number;
  /** Taken back, or taking back: a move leaves it alone. */
  settled?: boolean;
}

export interface LineLedger {
  readonly lines: FakeLine[];
  readonly moves: Move[];
  readonly reader: LedgerReader;
  readonly poster: Pick<LedgerPoster, 'post' | 'move'>;
  readonly locked: string[];
  /** Makes the next call of the poster fail after (or before) it did its work, as a crash between two steps would. */
  failNext(when: 'before' | 'after'): void;
}

export function lineLedger(lines: readonly FakeLine[]): LineLedger {
  const all: FakeLine[] = lines.map((line) => ({ ...line }));
  const moves: Move[] = [];
  const seen = new Set<string>();
  const locked: string[] = [];
  let failing: 'before' | 'after' | undefined;

  async function once(id: string, work: () => number): Promise<{ lines: number; repeated: boolean }> {
    const fails = failing;
    failing = undefined;
    if (fails === 'before') throw new LedgerAway('the ledger went away before it was told');
    const repeated = seen.has(id);
    const added = repeated ? 0 : work();
    seen.add(id);
    if (fails === 'after') throw new LedgerAway('the ledger went away before it answered');
    return { lines: added, repeated };
  }

  function move(ask: Move): number {
    moves.push(ask);
    const found = all.filter(
      (line) =>
        line.settled !== true && inSpan(line, ask.during) && ask.where.every((one) => holds(line, one)),
    );
    for (const line of found) {
      line.settled = true;
      const atMs = ask.bookAtMs ?? line.atMs;
      const note = {
        leg: 'adjust',
        cause: ask.cause,
        ...(ask.bookAtMs !== undefined && { forMonth: month(line.atMs) }),
      };
      all.push({ ...negative(line), atMs, is: { ...line.is, ...note }, settled: true });
      all.push({
        ...line,
        atMs,
        is: { ...line.is, ...ask.set, attributedBy: ask.by, ...note },
        settled: false,
      });
    }
    return found.length * 2;
  }

  return {
    lines: all,
    moves,
    locked,
    failNext: (when) => void (failing = when),
    reader: {
      ...fakeLedger(),
      ask: async (question) => answer(all, question),
      spend: async () => [],
      lockedMonths: async () => locked.map((one) => ({ month: one }) as LockedMonth),
    },
    poster: {
      post: (batch) =>
        once(batch.id, () => {
          all.push(...batch.postings.map(toLine));
          return batch.postings.length;
        }),
      move: (ask) => once(ask.id, () => move(ask)),
    },
  };
}

function toLine({ settlement, leg, cause = '', correction = '', forMonth = '' }: Posting): FakeLine {
  const { intent, charges, serviceTier } = settlement;
  const [charge] = charges;
  const { workflow, team, customer, by = '' } = intent.attribution;
  const cost = charge?.cost.kind === 'priced' ? charge.cost.total : 0n;
  return {
    atMs: intent.startedAtMs,
    cost: formatDollars(cost),
    calls: 0,
    is: {
      workflow,
      team,
      customer,
      attributedBy: by,
      provider: intent.provider,
      account: intent.account ?? '',
      region: intent.region ?? '',
      model: intent.model,
      serviceTier,
      leg,
      cause,
      correction,
      forMonth,
    },
  };
}

function answer(lines: readonly FakeLine[], { of, by, during, where, limit }: Question): Answer {
  const found = lines.filter((line) => inSpan(line, during) && where.every((one) => holds(line, one)));
  const groups = Map.groupBy(found, (line) =>
    JSON.stringify(by.map((dimension) => valueOf(line, dimension))),
  );
  const rows = [...groups]
    .map(([group, members]) => ({ group: JSON.parse(group) as string[], figures: sum(members, of) }))
    .toSorted((a, b) => Number(parseDollars(b.figures.cost ?? '0') - parseDollars(a.figures.cost ?? '0')));
  return {
    ...EMPTY_ANSWER,
    rows: by.length === 0 ? [] : rows.slice(0, limit),
    other: rows.length > limit ? sum([], of) : null,
    total: sum(found, of),
  };
}

function sum(lines: readonly FakeLine[], of: Question['of']): Figures {
  const count = (read: (line: FakeLine) => number): number =>
    lines.reduce((total, line) => total + read(line), 0);
  const all: Figures = {
    cost: formatDollars(lines.reduce((total, { cost }) => total + parseDollars(cost), 0n)),
    calls: count(({ calls = 1 }) => calls),
    unpricedCalls: count(({ unpriced = 0 }) => unpriced),
    inputTokens: count(({ tokens = 0 }) => tokens),
    outputTokens: 0,
  };
  return Object.fromEntries(Object.entries(all).filter(([name]) => (of as readonly string[]).includes(name)));
}

function holds(line: FakeLine, { dimension, is, not }: Condition): boolean {
  const value = valueOf(line, dimension);
  return (is === undefined || is.includes(value)) && !(not?.includes(value) ?? false);
}

function valueOf({ is, atMs }: FakeLine, dimension: Dimension): string {
  if (dimension === 'month') return month(atMs);
  if (dimension === 'day') return new Date(atMs).toISOString().slice(0, 10);
  if (dimension === 'hour') return `${new Date(atMs).toISOString().slice(0, 13)}:00+00:00`;
  return is[dimension] ?? '';
}

function inSpan({ atMs }: FakeLine, { fromMs, toMs }: Question['during']): boolean {
  return atMs >= fromMs && atMs < toMs;
}

function month(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 7);
}

function negative(line: FakeLine): FakeLine {
  const { cost, calls = 1, unpriced = 0, tokens = 0 } = line;
  return {
    ...line,
    cost: formatDollars(-parseDollars(cost)),
    calls: -calls,
    unpriced: -unpriced,
    tokens: -tokens,
  };
}
