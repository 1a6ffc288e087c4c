/** Children are asked to end in the way that is meant, and are not started again once they are. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

import { expect, it } from 'vitest';

import { keep } from './supervise.ts';

/** Ends with 7 when it is told a word, with 0 on SIGTERM; ready at once. */
const PROGRAM =
  "process.on('message', () => process.exit(7)); process.on('SIGTERM', () => process.exit(0)); process.send({ ready: true }); setInterval(() => {}, 1000);";

function start(): ChildProcess {
  return spawn(process.execPath, ['-e', PROGRAM], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

function kept(): { keeper: ReturnType<typeof keep>; ends: string[] } {
  const ends: string[] = [];
  const keeper = keep({
    name: 'child',
    start,
    onExit: (reason) => void ends.push(reason),
    say: () => undefined,
    monotonicMs: () => performance.now(),
  });
  return { keeper, ends };
}

it('ends by SIGTERM, or as it is asked', async () => {
  const first = kept();
  await first.keeper.ready;
  await first.keeper.stop(60_000);
  expect(first.ends).toEqual(['child ended (exit 0)']);

  const second = kept();
  await second.keeper.ready;
  await second.keeper.stop(60_000, (child) => void child.send('go'));
  expect(second.ends).toEqual(['child ended (exit 7)']);
});

it('asked gently and then again, it ends once and both are told', async () => {
  const { keeper, ends } = kept();
  await keeper.ready;
  const gently = keeper.stop(60_000, () => undefined); // a child that takes its time
  await keeper.stop(60_000);
  await gently;
  expect(ends).toHaveLength(1);
});

it('that does not end is killed, and one that was never ready is not waited for', async () => {
  const { keeper, ends } = kept();
  await keeper.ready;
  await keeper.stop(10, () => undefined);
  expect(ends).toEqual(['child ended (SIGKILL)']);
  const early = kept();
  await early.keeper.stop(0, () => undefined);
  await expect(early.keeper.ready).rejects.toThrow(/stopped before it was ready/);
});
