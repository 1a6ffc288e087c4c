/** A ledger that answers from values and remembers what was posted, for tests of what reads and posts. */
import type { ImportBlock, LedgerPoster, Move, Posted, PostingBatch } from '../../src/ledger/posting.ts';
import type {
  Answer,
  LedgerLine,
  LedgerReader,
  LockedMonth,
  Question,
  Receipt,
} from '../../src/ledger/question.ts';
import { LINE } from './line.ts';

export { LINE };

export const EMPTY_ANSWER: Answer = {
  rows: [],
  other: null,
  total: { calls: 0, averageInputTokens: null, share: null, cost: '0' },
  timeZone: 'UTC',
  priceVersions: [],
  asOfMs: Date.UTC(2026, 2, 31),
  completeUntilMs: Date.UTC(2026, 2, 31) - 1_000,
  unpricedCalls: 0,
  unattributedCalls: 0,
  unattributedCost: '0',
  simulatedCalls: 0,
};

/** The paper's ledger of one month, largest first, the rest in one group. */
export const PAPER_ANSWER: Answer = {
  ...EMPTY_ANSWER,
  rows: [
    ['Support copilot', 'CX', 1_240_000, 6_800, '41800.4'],
    ['Contract extraction', 'Legal Ops', 210_000, 12_400.3, '24199.61'],
    ['Sales research agent', 'Revenue', 96_000, 9_099.6, '17600'],
    ['Internal knowledge bot', 'IT', 880_000, 3_200, '15400'],
    ['Marketing drafting', 'Brand', 140_000, 2_400, '6600'],
  ].map(([workflow, team, calls, averageInputTokens, cost]) => ({
    group: [String(workflow), String(team)],
    figures: {
      calls: Number(calls),
      averageInputTokens: Number(averageInputTokens),
      share: Number(cost) / 110_000,
      cost: String(cost),
    },
  })),
  other: { calls: 320_000, averageInputTokens: 1_900, share: 0.04, cost: '4399.99' },
  total: { calls: 2_886_000, averageInputTokens: 5_512, share: 1, cost: '110000' },
  priceVersions: ['2026-03-01+abcd1234'],
};

export interface FakeLedger extends LedgerReader {
  readonly asked: Question[];
}

export interface FakeLedgerOptions {
  readonly answer?: (question: Question) => Answer;
  readonly lines?: readonly LedgerLine[];
  readonly trouble?: string;
  readonly locked?: readonly LockedMonth[];
}

export function fakeLedger({
  answer = () => PAPER_ANSWER,
  lines = [LINE],
  trouble = '',
  locked = [],
}: FakeLedgerOptions = {}): FakeLedger {
  const asked: Question[] = [];
  return {
    asked,
    async ask(question) {
      asked.push(question);
      return answer(question);
    },
    async page({ limit, cursor }) {
      const start = Number(cursor ?? 0);
      const page = lines.slice(start, start + limit);
      return { lines: page, nextCursor: start + limit < lines.length ? String(start + limit) : null };
    },
    async receipt(call): Promise<Receipt | undefined> {
      const own = lines.filter((line) => line.call === call);
      return own.length === 0
        ? undefined
        : {
            call,
            lines: own,
            total: '0.01385',
            unpricedLines: own.filter(({ cost }) => cost === null).length,
          };
    },
    async spend() {
      return [];
    },
    async tail(position, limit) {
      const start = Number(position || 0);
      return {
        lines: lines.slice(start, start + limit),
        position: String(Math.min(lines.length, start + limit)),
      };
    },
    async health() {
      return { lines: lines.length, backlogFrames: 0, completeUntilMs: 0, trouble };
    },
    async lockedMonths() {
      return locked;
    },
  };
}

export interface FakePoster extends LedgerPoster {
  readonly batches: PostingBatch[];
  readonly moves: Move[];
  readonly blocks: ImportBlock[];
  readonly rebooked: Array<{ readonly month: string; readonly bookAtMs: number }>;
}

const NO_SUMS: LockedMonth['frozen'] = { lines: 0, calls: 0, unpricedCalls: 0, cost: '0', providers: [] };

/** Takes everything once by its id; a move is said to have moved one line. */
export function fakePoster(): FakePoster {
  const seen = new Set<string>();
  const once = (id: string, lines: number): Posted => {
    const repeated = seen.has(id);
    seen.add(id);
    return { lines: repeated ? 0 : lines, repeated };
  };
  const poster: FakePoster = {
    batches: [],
    moves: [],
    blocks: [],
    rebooked: [],
    async post(batch) {
      const posted = once(batch.id, batch.postings.length);
      if (!posted.repeated) poster.batches.push(batch);
      return posted;
    },
    async move(move) {
      const posted = once(move.id, 2);
      if (!posted.repeated) poster.moves.push(move);
      return posted;
    },
    async importLines(block) {
      const posted = once(block.id, block.lines);
      if (!posted.repeated) poster.blocks.push(block);
      return posted;
    },
    async lockMonth(month) {
      return { month, lockedAtMs: 0, frozen: NO_SUMS, present: NO_SUMS, movedCost: '0', movedLines: 0 };
    },
    async rebookLate(month, bookAtMs) {
      poster.rebooked.push({ month, bookAtMs });
      return { lines: 0, repeated: false };
    },
  };
  return poster;
}
