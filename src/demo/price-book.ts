/** The demo company's prices: the public list, and over it one price cut by a provider and one discount for a commitment. */
import { seedPriceBook, withOverrides, withProvider } from '../prices/prices.ts';
import type { PriceBookData, PriceOverride } from '../prices/prices.ts';
import { simulatorPrices } from '../simulator/simulator.ts';
import type { Stories } from './stories.ts';

export const CUT_MODEL = 'gpt-5.2';
/** What the model cost before the cut; since then it costs what the list says. */
const BEFORE_CUT = { freshIn: '2.5', cacheRead: '0.25', textOut: '20' };
export const COMMITMENT_PROVIDER = 'aws';
const COMMITMENT_TIMES = '0.9';

export function demoOverrides(stories: Stories): readonly PriceOverride[] {
  return [
    {
      provider: 'openai',
      model: CUT_MODEL,
      until: new Date(stories.priceCutAtMs).toISOString(),
      rates: BEFORE_CUT,
      note: 'demo: price before the provider cut it',
    },
    {
      provider: COMMITMENT_PROVIDER,
      model: '*',
      from: new Date(stories.commitmentFromMs).toISOString(),
      multiplier: COMMITMENT_TIMES,
      note: 'demo: 10 % off for a committed use',
    },
  ];
}

export interface DemoBooks {
  readonly agreed: PriceBookData;
  /** Without the company's own discount. */
  readonly list: PriceBookData;
}

/** With the simulator's prices, so that a line names the very book that is in force while the demo runs. */
export async function demoPriceBooks(stories: Stories): Promise<DemoBooks> {
  const seed = withProvider(await seedPriceBook(), simulatorPrices());
  const overrides = demoOverrides(stories);
  return {
    agreed: withOverrides(seed, overrides),
    list: withOverrides(
      seed,
      overrides.filter(({ provider }) => provider !== COMMITMENT_PROVIDER),
    ),
  };
}
