/** What simulated answers would cost, as entries of the price book; the simulator itself charges nobody. */
import { SIMULATED_MODELS } from './models.ts';
import type { SimulatedPrice } from './models.ts';

interface ListedPrice {
  readonly provider: string;
  readonly model: string;
  readonly rates: SimulatedPrice;
  readonly note: string;
}

/** One price per simulated model, and that of the smallest for every other name the simulator answers to. */
export function simulatorPrices(): ListedPrice[] {
  const [smallest] = SIMULATED_MODELS;
  if (smallest === undefined) return [];
  return [{ ...smallest, name: '*' }, ...SIMULATED_MODELS].map(({ name, price }) => ({
    provider: 'simulator',
    model: name,
    rates: price,
    note: 'simulated: no money is spent',
  }));
}
