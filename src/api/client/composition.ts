/** What spend was made of, as the client asks. */
import type { CompositionAnswer } from '../contract/composition.ts';
import type { Reach } from './reach.ts';

export interface CompositionAsk {
  readonly during?: string;
  readonly where?: readonly string[];
  readonly timeZone?: string;
  readonly by?: readonly string[];
}

export function compositionCalls({ get }: Reach) {
  return {
    composition: (ask: CompositionAsk = {}): Promise<CompositionAnswer> =>
      get('/composition', { ...ask, by: ask.by?.join(',') }),
  };
}
