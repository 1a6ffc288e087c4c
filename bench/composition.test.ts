import { existsSync } from 'node:fs';

import { expect, it } from 'vitest';

import { run, RUNS_FILE } from './composition.ts';

const missing = !existsSync(RUNS_FILE);

it.skipIf(missing)(
  `composition of real agent runs is within 3 % of input per part${missing ? ` (skipped: ${RUNS_FILE.pathname} is not there)` : ''}`,
  async () => {
    const figures = await run();
    expect(figures['exactShare']).toBe(1);
    expect(figures['requests']).toBeGreaterThan(500);
    expect(figures['worstPartError']).toBeLessThanOrEqual(0.03);
    expect(figures['otherTokenizerWorstPartError']).toBeLessThanOrEqual(0.03);
    expect(figures['estimatedMeanPartError']).toBeLessThanOrEqual(0.03);
    expect(figures['estimatedWorstPartError']).toBeLessThanOrEqual(0.08);
    expect(String(figures['table'])).toContain('recorded');
  },
);
