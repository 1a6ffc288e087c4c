import { defineConfig } from 'vitest/config';

import LongestFirst from './test/order.ts';

export default defineConfig({
  test: {
    include: ['src/**/*.test.{ts,tsx}', 'test/**/*.test.ts', 'bench/**/*.test.ts', 'bin/**/*.test.ts'],
    pool: 'forks',
    // Most files wait for processes that they have started, so that two at a time do not slow each other down.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: './test/suite.ts',
    reporters: ['default', './test/tally.ts'],
  },
});
