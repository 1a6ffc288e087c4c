/** Anomalies and changes, as the client asks. */
import type { AnomaliesAnswer, AnomalyNote, ChangesAnswer, NewAnomalyNote } from '../contract/anomalies.ts';
import type { Reach } from './reach.ts';

export interface AnomaliesAsk {
  readonly during?: string;
  readonly where?: readonly string[];
  readonly timeZone?: string;
  readonly leastDollars?: number;
}

export interface ChangesAsk {
  readonly after?: string;
  readonly before?: string;
  readonly by?: readonly string[];
  readonly where?: readonly string[];
  readonly timeZone?: string;
  readonly limit?: number;
}

export function anomalyCalls({ get, post }: Reach) {
  return {
    anomalies: (ask: AnomaliesAsk = {}): Promise<AnomaliesAnswer> => get('/anomalies', { ...ask }),
    noteAnomaly: (id: string, note: NewAnomalyNote): Promise<AnomalyNote> =>
      post(`/anomalies/${encodeURIComponent(id)}/notes`, note),
    changes: (ask: ChangesAsk = {}): Promise<ChangesAnswer> =>
      get('/changes', { ...ask, by: ask.by?.join(',') }),
  };
}
