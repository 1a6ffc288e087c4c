import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { keepAnswers } from './kept-answers.ts';
import type { Answer, LedgerReader, Question } from './question.ts';

const DAY = 10;
const LARGE = 1_000;

interface Line {
  readonly at: number;
  readonly group: number;
  readonly simulated: boolean;
}

/** Lines in memory; `asked` are the questions that reached it, those that only count as `count`. */
class Ledger {
  readonly lines: Line[] = [];
  readonly asked: string[] = [];
  nowMs = 0;

  readonly reader: LedgerReader = {
    ask: async (question, signal) => {
      signal?.throwIfAborted();
      this.asked.push(question.by.length === 0 ? 'count' : 'answer');
      return this.answer(question);
    },
    health: async () => ({
      lines: this.lines.length,
      backlogFrames: 0,
      completeUntilMs: this.nowMs,
      trouble: '',
    }),
  } as LedgerReader;

  answer({ by, during }: Question): Answer {
    const within = this.lines.filter(({ at }) => at >= during.fromMs && at < during.toMs);
    const real = within.filter(({ simulated }) => !simulated);
    const groups = Map.groupBy(by.length === 0 ? [] : real, ({ group }) => group);
    return {
      rows: [...groups]
        .toSorted(([a], [b]) => a - b)
        .map(([group, all]) => ({ group: [String(group)], figures: { calls: all.length } })),
      other: null,
      total: { lines: real.length },
      timeZone: 'UTC',
      priceVersions: [],
      asOfMs: this.nowMs,
      completeUntilMs: this.nowMs,
      unpricedCalls: 0,
      unattributedCalls: 0,
      unattributedCost: '0',
      simulatedCalls: within.length - real.length,
    };
  }

  add(count: number, at: number, simulated = false): void {
    for (let group = 0; group < count; group += 1) this.lines.push({ at, group, simulated });
  }
}

function about(day: number): Question {
  return {
    of: ['calls'],
    by: ['workflow'],
    during: { fromMs: day * DAY, toMs: (day + 1) * DAY },
    where: [],
    timeZone: 'UTC',
    simulated: 'exclude',
    limit: 10_000,
  };
}

function open(mostRows?: number) {
  const ledger = new Ledger();
  const nowMs = (): number => ledger.nowMs;
  return { ledger, kept: keepAnswers(ledger.reader, { nowMs, ...(mostRows !== undefined && { mostRows }) }) };
}

describe('an answer', () => {
  it('is given again while no line was added, as of now', async () => {
    const { ledger, kept } = open();
    ledger.add(3, 5);
    const first = await kept.ask(about(0));
    ledger.nowMs = 77;
    expect(await kept.ask(about(0))).toEqual({ ...first, asOfMs: 77, completeUntilMs: 77 });
    expect(ledger.asked).toEqual(['answer']);
  });

  it('is as of the time of whoever asks, new, given again or counted, while the ledger goes by its own', async () => {
    const { ledger } = open();
    const kept = keepAnswers(ledger.reader, { nowMs: () => 7 });
    ledger.add(LARGE, 5);
    const told: Answer[] = [];
    const ask = async (): Promise<void> => void told.push(await kept.ask(about(0)));
    for (ledger.nowMs = 70; ledger.nowMs < 73; ledger.nowMs += 1) {
      await ask();
      ledger.add(1, DAY + 1);
    }
    await ask();
    await ask();
    expect(ledger.asked).toEqual(['answer', 'count', 'answer', 'count', 'count']);
    expect(told.map(({ asOfMs }) => asOfMs)).toEqual([7, 7, 7, 7, 7]);
    expect(told.map(({ completeUntilMs }) => completeUntilMs)).toEqual([70, 71, 72, 73, 73]);
  });

  it('that is small is worked out anew as soon as any line was added', async () => {
    const { ledger, kept } = open();
    ledger.add(3, 5);
    await kept.ask(about(0));
    ledger.add(1, 5);
    expect((await kept.ask(about(0))).rows[0]?.figures).toEqual({ calls: 2 });
    expect(ledger.asked).toEqual(['answer', 'answer']);
  });

  it('is not kept of a question that was taken back, and the next asker gets it whole', async () => {
    const { ledger, kept } = open();
    ledger.add(1, 5);
    await expect(kept.ask(about(0), AbortSignal.abort())).rejects.toThrow('aborted');
    expect((await kept.ask(about(0))).rows).toHaveLength(1);
    expect(ledger.asked).toEqual(['answer']);
  });

  it('that is large is given again while no line was added to its own span', async () => {
    const { ledger, kept } = open();
    ledger.add(LARGE, 5);
    await kept.ask(about(0));
    for (let at = 0; at < 3; at += 1) {
      ledger.add(1, DAY + 1);
      ledger.nowMs += 1;
      expect(await kept.ask(about(0))).toEqual(ledger.answer(about(0)));
    }
    expect(ledger.asked).toEqual(['answer', 'count', 'answer', 'count', 'count']);
    ledger.add(1, 5, true); // simulated, and part of the answer all the same
    expect(await kept.ask(about(0))).toEqual(ledger.answer(about(0)));
    ledger.add(1, 6);
    expect(await kept.ask(about(0))).toEqual(ledger.answer(about(0)));
    expect(ledger.asked.slice(5)).toEqual(['count', 'answer', 'count', 'answer']);
  });

  it('that was used longest ago makes room', async () => {
    const { ledger, kept } = open(3 * 4);
    for (const day of [0, 1, 2, 3]) ledger.add(3, day * DAY);
    for (const day of [0, 1, 2]) await kept.ask(about(day));
    await kept.ask(about(0));
    await kept.ask(about(3));
    expect(ledger.asked.length).toBe(4);
    await kept.ask(about(0));
    expect(ledger.asked.length).toBe(4);
    await kept.ask(about(1));
    expect(ledger.asked.length).toBe(5);
  });
});

it('whatever is added in between, nobody sees a difference to the ledger itself', async () => {
  const step = fc.oneof(
    fc.record({
      add: fc.constantFrom(1, LARGE),
      day: fc.nat(2),
      simulated: fc.boolean(),
    }),
    fc.record({ ask: fc.nat(2) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { ledger, kept } = open(2_500);
      for (const one of steps) {
        ledger.nowMs += 1;
        if ('add' in one) ledger.add(one.add, one.day * DAY, one.simulated);
        else expect(await kept.ask(about(one.ask))).toEqual(ledger.answer(about(one.ask)));
      }
    }),
  );
});

it('a line that comes while the question is answered is not missed afterwards', async () => {
  const { ledger } = open();
  ledger.add(3, 5);
  const reader: LedgerReader = {
    ...ledger.reader,
    async ask(question) {
      const answer = await ledger.reader.ask(question);
      if (ledger.lines.length === 3) ledger.add(1, 5); // after the answer was read
      return answer;
    },
  };
  const kept = keepAnswers(reader, { nowMs: () => ledger.nowMs });
  await kept.ask(about(0));
  expect(await kept.ask(about(0))).toEqual(ledger.answer(about(0)));
});
