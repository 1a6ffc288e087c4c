import { randomBytes } from 'node:crypto';
import { getHeapSnapshot } from 'node:v8';
import { Worker } from 'node:worker_threads';

import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';

import type { Segment } from '../wires/wire.ts';
import { createSegmentCounter } from './count.ts';
import type { SegmentCounter, SegmentCounterOptions } from './count.ts';
import { estimateTokens } from './estimate.ts';
import type { CountAnswer, CountingListener, CountQuestion, StartThread } from './thread.ts';
import { NOT_COUNTED } from './thread.ts';
import { createTokenizer } from './tokenize.ts';

const exact = createTokenizer();
const opened: SegmentCounter[] = [];

afterEach(() => {
  for (const counter of opened.splice(0)) counter.close();
});

function open(more: Partial<SegmentCounterOptions> = {}): SegmentCounter {
  const counter = createSegmentCounter({
    hashKey: randomBytes(32),
    remember: 1_000,
    queueLimit: 1_000_000,
    ...more,
  });
  opened.push(counter);
  return counter;
}

function user(...texts: string[]): Segment[] {
  return texts.map((text) => ({ part: 'user', text }));
}

/** A thread that the test drives: it keeps the questions until told what to do with them. */
function drivenThread(): {
  start: StartThread;
  questions: CountQuestion[];
  starts: () => number;
  answer: (count?: (text: string) => number) => void;
  fail: () => void;
  holds: () => boolean;
} {
  const questions: CountQuestion[] = [];
  let listener: CountingListener | undefined;
  let starts = 0;
  let held = false;
  return {
    questions,
    starts: () => starts,
    holds: () => held,
    start: (given) => {
      listener = given;
      starts += 1;
      return {
        ask: (question) => void questions.push(question),
        holdProcess: (hold) => void (held = hold),
        stop: () => undefined,
      };
    },
    answer: (count = exact) => {
      for (const { batch, texts } of questions.splice(0))
        listener?.counted({ batch, counts: texts.map(count) });
    },
    fail: () => {
      questions.length = 0;
      listener?.failed();
    },
  };
}

describe('sizing with the real thread', () => {
  it('is an estimate at once and exact when the thread has answered, for the same sized request', async () => {
    const counter = open();
    const texts = ['You are a helpful agent. Answer briefly.', 'Where is my order 8842-AB?', '{"a":[1,2,3]}'];
    const sized = counter.size(user(...texts));
    expect(sized.counts()).toEqual({ segmentCounts: texts.map(estimateTokens), exact: false });
    await counter.settled();
    expect(sized.counts()).toEqual({ segmentCounts: texts.map(exact), exact: true });
    expect(sized.total()).toBe(texts.map(exact).reduce((a, b) => a + b, 0) + 3 * 4 + 3);
    expect(counter.size(user(...texts)).counts().exact).toBe(true);
  });

  it('counts a text', async () => {
    const counter = open();
    const text = 'The answer so far, cut off in the mid';
    expect(await counter.count(text)).toBe(exact(text));
    expect(await counter.count('')).toBe(0);
  });

  it('leaves media to their known or unknown size', () => {
    const sized = open().size([
      { part: 'media', text: '', tokens: 85 },
      { part: 'media', text: '' },
    ]);
    expect(sized.counts()).toEqual({ segmentCounts: [85, 0], exact: true });
    expect([sized.parts, sized.unsizedMedia, sized.total()]).toEqual([['media', 'media'], 1, 85]);
    expect(open().size([]).total()).toBe(0);
  });

  it('gives up nothing but exactness when the thread cannot start or dies', async () => {
    const missing: StartThread = (listener) => {
      const worker = new Worker(new URL('./no-such-file.ts', import.meta.url));
      worker.on('error', () => listener.failed());
      return {
        ask: (question) => worker.postMessage([question]),
        holdProcess: () => undefined,
        stop: () => void worker.terminate(),
      };
    };
    const counter = open({ startThread: missing });
    const sized = counter.size(user('some text'));
    expect(await counter.count('other text')).toBe(estimateTokens('other text'));
    expect(sized.counts().exact).toBe(false);
  });
});

describe('the queue', () => {
  it('posts a text that is under way only once', () => {
    const thread = drivenThread();
    const counter = open({ startThread: thread.start });
    const sized = [counter.size(user('shared', 'one', 'shared')), counter.size(user('shared', 'two'))];
    expect(thread.questions.map((question) => question.texts)).toEqual([['shared', 'one'], ['two']]);
    thread.answer();
    expect(sized.map((one) => one.counts().exact)).toEqual([true, true]);
  });

  it('keeps estimates past its limit and posts again once there is room', async () => {
    const thread = drivenThread();
    const counter = open({ startThread: thread.start, queueLimit: 10 });
    const [first, second] = [counter.size(user('12345678')), counter.size(user('abcdef'))];
    expect(await counter.count('too much')).toBe(estimateTokens('too much'));
    expect(thread.questions).toHaveLength(1);
    thread.answer();
    expect([first.counts().exact, second.counts().exact]).toEqual([true, false]);
    counter.size(user('abcdef'));
    thread.answer();
    expect(second.counts().exact).toBe(true);
  });

  it('starts no thread while nothing is new, and holds the process only for who waits', async () => {
    const thread = drivenThread();
    const counter = open({ startThread: thread.start });
    counter.size([{ part: 'media', text: '' }]);
    expect(thread.starts()).toBe(0);
    counter.size(user('x'));
    expect(thread.holds()).toBe(false);
    const settled = counter.settled();
    expect(thread.holds()).toBe(true);
    thread.answer();
    await settled;
    expect(thread.holds()).toBe(false);
  });
});

describe('failures', () => {
  it('starts a new thread after a failure, but not for ever', async () => {
    const thread = drivenThread();
    const counter = open({ startThread: thread.start });
    for (let round = 0; round < 20; round += 1) {
      const counted = counter.count(`text ${round}`);
      thread.fail();
      expect(await counted).toBe(estimateTokens(`text ${round}`));
    }
    expect(thread.starts()).toBe(5);
    expect(counter.size(user('after')).counts()).toEqual({
      segmentCounts: [estimateTokens('after')],
      exact: false,
    });
  });

  it('asks again for what was lost with a thread', () => {
    const thread = drivenThread();
    const counter = open({ startThread: thread.start });
    const sized = counter.size(user('lost'));
    thread.fail();
    counter.size(user('lost'));
    thread.answer();
    expect(sized.counts()).toEqual({ segmentCounts: [exact('lost')], exact: true });
  });

  it.each([NOT_COUNTED, Number.NaN, 1.5])('keeps the estimate when the thread answers %s', async (answer) => {
    const thread = drivenThread();
    const counter = open({ startThread: thread.start });
    const sized = counter.size(user('odd'));
    const counted = counter.count('odd one');
    thread.answer(() => answer);
    expect(sized.counts()).toEqual({ segmentCounts: [estimateTokens('odd')], exact: false });
    expect(await counted).toBe(estimateTokens('odd one'));
  });

  it('never throws, whatever the thread does', () => {
    const counter = open({
      startThread: () => {
        throw new Error('no threads here');
      },
    });
    expect(counter.size(user('a')).counts().exact).toBe(false);
  });

  it('resolves what waits when closed, and sizes by estimate from then on', async () => {
    const thread = drivenThread();
    const counter = open({ startThread: thread.start });
    const waiting = [counter.count('a b c'), counter.settled()];
    counter.close();
    await Promise.all(waiting);
    expect(await counter.count('d e f')).toBe(estimateTokens('d e f'));
    expect(counter.size(user('g')).counts().exact).toBe(false);
    expect(thread.starts()).toBe(1);
  });

  it('refuses a key that hides nothing', () => {
    expect(() => open({ hashKey: Buffer.alloc(8) })).toThrow(RangeError);
  });

  it('is exact or the estimate, and nothing else, whatever order answers and requests come in', () => {
    const step = fc.oneof(
      fc.record({ texts: fc.array(fc.string({ maxLength: 8 }), { maxLength: 4 }) }),
      fc.constantFrom('answer' as const, 'fail' as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const thread = drivenThread();
        const counter = createSegmentCounter({
          hashKey: randomBytes(16),
          remember: 100,
          queueLimit: 40,
          startThread: thread.start,
        });
        for (const one of steps) {
          if (one === 'answer') thread.answer();
          if (one === 'fail') thread.fail();
          const texts = typeof one === 'string' ? [] : one.texts;
          const { segmentCounts } = counter.size(user(...texts)).counts();
          expect(segmentCounts).toHaveLength(texts.length);
          for (const [index, text] of texts.entries()) {
            expect([exact(text), estimateTokens(text)]).toContain(segmentCounts[index]);
          }
        }
      }),
    );
  });
});

describe('privacy', () => {
  it('no text is left in the gateway or in the thread once it was counted', async () => {
    const canary = [...randomBytes(12)].map((byte) => 97 + (byte % 26));
    const control = [...randomBytes(12)].map((byte) => 97 + (byte % 26));
    const held = { text: `held ${String.fromCharCode(...control)} on purpose` };
    const worker = new Worker(new URL('./tokenizer.ts', import.meta.url), { execArgv: [] });
    const counter = open({
      startThread: (listener) => {
        worker.on('message', (answers: readonly CountAnswer[]) => {
          for (const answer of answers) listener.counted(answer);
        });
        return {
          ask: (question) => worker.postMessage([question]),
          holdProcess: () => undefined,
          stop: () => void worker.terminate(),
        };
      },
    });
    await (async () => {
      const sized = counter.size(user(`My name is ${String.fromCharCode(...canary)}.`));
      await counter.count(`Hello ${String.fromCharCode(...canary)}, how`);
      expect(sized.counts().exact).toBe(true);
    })();
    const [ours, theirs] = [
      await heapText(getHeapSnapshot()),
      await heapText(await worker.getHeapSnapshot()),
    ];
    expect(ours.includes(String.fromCharCode(...control))).toBe(true);
    expect(ours.includes(String.fromCharCode(...canary))).toBe(false);
    expect(theirs.includes('forgetLastMatch')).toBe(true);
    expect(theirs.includes(String.fromCharCode(...canary))).toBe(false);
    expect(held.text).toContain('held');
  });
});

async function heapText(snapshot: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of snapshot) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}
