/** What happened in a period, as the client asks. */
import type { AnnotationsAnswer } from '../contract/annotations.ts';
import type { Reach } from './reach.ts';

export interface AnnotationsAsk {
  readonly during?: string;
  readonly where?: readonly string[];
  readonly timeZone?: string;
}

export function annotationCalls({ get }: Reach) {
  return {
    annotations: (ask: AnnotationsAsk = {}): Promise<AnnotationsAnswer> => get('/annotations', { ...ask }),
  };
}
