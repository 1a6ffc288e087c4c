/** What simulated answers would cost, as a provider of the price book; the simulator itself charges nobody. */
import { SIMULATED_MODELS } from './models.ts';
import type { SimulatedPrice } from './models.ts';

interface ListedModel {
  readonly id: string;
  readonly match: { readonly equals: string } | { readonly startsWith: string };
  readonly rows: ReadonlyArray<{ readonly rates: SimulatedPrice }>;
}

/** One price per simulated model, and that of the smallest for every other name the simulator answers to. */
export function simulatorPrices(): { id: string; name: string; apiPattern: string; models: ListedModel[] } {
  const [smallest] = SIMULATED_MODELS;
  if (smallest === undefined) throw new Error('there is no simulated model');
  const named = SIMULATED_MODELS.map(({ name, price }): ListedModel => ({
    id: name,
    match: { equals: name },
    rows: [{ rates: price }],
  }));
  const others: ListedModel = { id: '*', match: { startsWith: '' }, rows: [{ rates: smallest.price }] };
  return {
    id: 'simulator',
    name: 'Simulator (no money is spent)',
    apiPattern: '^simulator$',
    models: [...named, others],
  };
}
