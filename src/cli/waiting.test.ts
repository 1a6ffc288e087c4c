/** Ctrl-C and long answers on the command line. */
import { readdirSync } from 'node:fs';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { fakeApi, NOW_MS } from '../../test/fakes/api.ts';
import { emptyDirectory, runCommand } from '../../test/fakes/command-line.ts';
import type { Ran } from '../../test/fakes/command-line.ts';
import type { FakeApi } from '../../test/fakes/api.ts';
import { COMPANY, forecastAnswer } from '../../test/fakes/forecast-ledger.ts';
import { fakeLedger, LINE, PAPER_ANSWER } from '../../test/fakes/ledger.ts';

interface Around {
  readonly fake: FakeApi;
  readonly leaving?: AbortController;
  readonly tty?: boolean;
  readonly directory?: string;
}

/** What is taken back at the client is taken back at the server: the request carries the signal, as a closed connection does. */
async function run(argv: readonly string[], around: Around): Promise<Ran> {
  const { fake, leaving, tty = false, directory } = around;
  return runCommand(argv, {
    tty,
    ...(directory !== undefined && { workingDirectory: directory }),
    nowMs: () => Date.now(),
    ...(leaving !== undefined && { interrupts: () => leaving.signal }),
    fetch: async (input, init) => {
      const headers = { host: '127.0.0.1:4001', ...(init?.headers as Record<string, string>) };
      const request = new Request(input, { ...init, headers });
      const answer = await fake.api.request(request);
      const { signal } = init ?? {};
      signal?.throwIfAborted(); // as fetch does, whatever came
      const passed = new TransformStream<Uint8Array, Uint8Array>();
      return new Response(answer.body?.pipeThrough(passed, signal ? { signal } : {}) ?? null, answer);
    },
  });
}

const STOPPED = 'Stopped: the question was taken back, and nothing was changed by it.\n';

describe('Ctrl-C', () => {
  test('ends a question with 130 and one line, and the server asks no further', async () => {
    const leaving = new AbortController();
    const answer = () => {
      leaving.abort();
      return PAPER_ANSWER;
    };
    const fake = await fakeApi({ ledger: fakeLedger({ answer }) });
    const asked = ['ledger', '--by', 'workflow', '--during', '2026-03', '--compare', 'previous'];
    expect(await run(asked, { fake, leaving })).toEqual({ code: 130, out: '', words: STOPPED });
    expect(fake.ledger.asked).toHaveLength(1);

    const staying = await fakeApi();
    expect((await run(asked, { fake: staying, leaving: new AbortController() })).code).toBe(0);
    expect(staying.ledger.asked.length).toBeGreaterThan(1);
  });

  test('leaves no part of a file', async () => {
    const leaving = new AbortController();
    const lines = Array.from({ length: 3_000 }, (_, at) => ({ ...LINE, id: `j:${at}:0` }));
    const base = fakeLedger({ lines });
    const page: typeof base.page = async (ask) => {
      const answer = await base.page(ask);
      if (ask.cursor !== null) leaving.abort();
      return answer;
    };
    const fake = await fakeApi({ ledger: { ...base, page } });
    const directory = emptyDirectory();
    const asked = ['call', 'list', '--during', '2026-03', '--output', 'calls.csv'];
    expect(await run(asked, { fake, leaving, directory })).toEqual({ code: 130, out: '', words: STOPPED });
    expect(readdirSync(directory)).toEqual([]);
  });

  test('does not take a decision back: it is finished and said', async () => {
    const leaving = new AbortController();
    const fake = await fakeApi({ publish: async () => leaving.abort() });
    const { code, out } = await run(['key', 'create', 'ci', '--team', 'CX', '--json'], { fake, leaving });
    expect(code).toBe(0);
    expect(out).toContain('sp_');
  });

  test('is the end of a tail, and no failure', async () => {
    const leaving = new AbortController();
    const base = fakeLedger();
    const tail: typeof base.tail = async (position, limit) => {
      setImmediate(() => leaving.abort());
      return base.tail(position, limit);
    };
    const fake = await fakeApi({ ledger: { ...base, tail } });
    expect((await run(['tail'], { fake, leaving })).code).toBe(0);
  });
});

describe('an answer that takes long', () => {
  beforeEach(
    () =>
      void vi.useFakeTimers({
        now: NOW_MS,
        toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'Date'],
      }),
  );
  afterEach(() => void vi.useRealTimers());

  /** Answers once two seconds have passed. */
  async function slowly(argv: readonly string[], tty: boolean, answerMs = 2_100): Promise<Ran> {
    const base = fakeLedger();
    const ask: typeof base.ask = async (question) => {
      await vi.advanceTimersByTimeAsync(answerMs);
      return base.ask(question);
    };
    return run(argv, { fake: await fakeApi({ ledger: { ...base, ask } }), tty });
  }

  test('is said on a terminal, second by second, and wiped when it is there', async () => {
    const { words } = await slowly(['ledger', '--during', '2026-03'], true);
    const lines = words.split('\r\u001B[2K');
    expect(lines.slice(1, 4)).toEqual([
      'Waiting for the answer… 0 s',
      'Waiting for the answer… 1 s',
      'Waiting for the answer… 2 s',
    ]);
    expect(lines[4]).not.toContain('Waiting');
  });

  test.each([
    ['to a pipe', false, 2_100],
    ['of one that is there at once', true, 100],
  ])('nothing is said %s', async (_, tty, answerMs) => {
    const { words } = await slowly(['ledger', '--during', '2026-03'], tty, answerMs);
    expect(words).not.toContain('Waiting');
    expect(words).not.toContain('\u001B');
  });

  test('is counted where the server counts', async () => {
    const ledger = fakeLedger({ answer: (question) => forecastAnswer(question, { nowMs: NOW_MS }) });
    let step = 0;
    const pause = async (): Promise<void> => {
      step += 1;
      if (step === 2) await vi.advanceTimersByTimeAsync(700);
      await new Promise((resolve) => void setImmediate(resolve));
    };
    const fake = await fakeApi({ ledger, pause });
    const { code, words } = await run(['forecast'], { fake, tty: true });
    expect(code).toBe(0);
    expect(words).toContain(`\r\u001B[2KForecasting… 1 of ${COMPANY.length} workflows, 0 s`);
  });
});
