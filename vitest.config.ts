import { defineConfig } from 'vitest/config';

import LongestFirst from './test/order.ts';

/**
 * Rooms whose tests start no process and load no native code, but for `gateway/composition/count.test.ts`: it looks at everything that
 * its process holds, and so must be alone in it.
 */
const PURE = [
  'units',
  'tables',
  'secrets',
  'prices',
  'rulebook',
  'budgets',
  'gateway',
  'simulator',
  'web',
].map((room) => `src/${room}/**/!(count).test.{ts,tsx}`);

/** They press and look as a person does, on a machine that may be busy with something else for seconds. */
const BROWSER = ['test/e2e/{web,web-*,journey-*,number-integrity}.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    // Most files wait for processes that they have started, so that two at a time do not slow each other down.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is waited for has to come, not to come at once.
    expect: { poll: { timeout: 20_000 } },
    globalSetup: './test/suite.ts',
    reporters: ['default', './test/tally.ts'],
    // By name, since files run in that order: what takes long begins, and the many short files fill the end.
    projects: [
      {
        extends: true,
        test: {
          name: 'processes',
          include: ['src/**/*.test.{ts,tsx}', 'test/**/*.test.ts', 'bench/**/*.test.ts', 'bin/**/*.test.ts'],
          exclude: [...PURE, ...BROWSER],
        },
      },
      // Tried twice; whatever passes only then is named at the end, since a person would have met it.
      { extends: true, test: { name: 'browser', include: BROWSER, retry: 1 } },
      // One process for many files: loading the same rooms for each of them took longer than most of their tests.
      { extends: true, test: { name: 'rooms', include: PURE, isolate: false } },
    ],
  },
});
