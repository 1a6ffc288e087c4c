/** The long forms of the promises: `npm run chaos`. Never part of `npm test`. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/chaos/long/*.chaos.ts'],
    pool: 'forks',
    fileParallelism: false, // each of them loads the machine by itself
    testTimeout: 1_800_000,
    hookTimeout: 120_000,
    reporters: ['default', './test/tally.ts'],
  },
});
