import { expect, test } from 'vitest';

import { SIMULATED_MODELS, answersRightly, findModel } from './models.ts';
import { hashOf } from './randomness.ts';

const prompts = Array.from({ length: 4_000 }, (_, at) => hashOf(`prompt ${at}`));

test.each(SIMULATED_MODELS.map((model) => [model.name, model] as const))('%s is right as often as its quality says', (_name, model) => {
  const right = prompts.filter((prompt) => answersRightly(model, 'seed', prompt)).length / prompts.length;
  expect(Math.abs(right - model.quality)).toBeLessThan(0.03); // four standard errors of 4,000 draws
});

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
