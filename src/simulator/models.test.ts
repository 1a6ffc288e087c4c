import { expect, test } from 'vitest';

import { openPriceBook, seedPriceBook, withProvider } from '../prices/prices.ts';
import { SIMULATED_MODELS, answersRightly, findModel } from './models.ts';
import { simulatorPrices } from './list-prices.ts';
import { hashOf } from './randomness.ts';

const prompts = Array.from({ length: 4_000 }, (_, at) => hashOf(`prompt ${at}`));

test.each(SIMULATED_MODELS.map((model) => [model.name, model] as const))(
  '%s is right as often as its quality says',
  (_name, model) => {
    const right = prompts.filter((prompt) => answersRightly(model, 'seed', prompt)).length / prompts.length;
    expect(Math.abs(right - model.quality)).toBeLessThan(0.03); // four standard errors of 4,000 draws
  },
);

test('what the small model gets right, the large one mostly gets right too: difficulty is shared', () => {
  const small = findModel('sim-small');
  const large = findModel('sim-large');
  const solved = prompts.filter((prompt) => answersRightly(small, 'seed', prompt));
  const both = solved.filter((prompt) => answersRightly(large, 'seed', prompt)).length / solved.length;
  expect(both).toBeGreaterThan(large.quality + 0.02);
  expect(both).toBeLessThan(1);
});

test('an unknown name keeps its name and behaves like sim-small', () => {
  expect(findModel('gpt-4o-mini')).toEqual({ ...findModel('sim-small'), name: 'gpt-4o-mini' });
});

test('the price book prices whatever the simulator answers, and a name of its own by its own price', async () => {
  const book = openPriceBook(withProvider(await seedPriceBook(), simulatorPrices()));
  const usage = {
    freshIn: 1_000,
    cacheRead: 1_000,
    cacheWrite5m: 1_000,
    cacheWrite1h: 1_000,
    textOut: 1_000,
    reasoningOut: 1_000,
  };
  const cost = (model: string) =>
    book.price({
      provider: 'simulator',
      model,
      usage,
      atMs: Date.UTC(2026, 5, 1),
      serviceTier: 'default',
      geo: '',
    });
  expect(cost('sim-large')).toMatchObject({
    kind: 'priced',
    total: 1_000n * (2_500_000n + 1_250_000n + 3_125_000n + 5_000_000n + 20_000_000n),
  });
  expect(cost('sim-small')).toMatchObject({
    kind: 'priced',
    total: 1_000n * (150_000n + 75_000n + 187_500n + 300_000n + 1_200_000n),
  });
  expect(cost('gpt-4o-mini')).toEqual(cost('sim-small'));
});
