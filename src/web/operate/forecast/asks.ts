/** What the client is asked with. */
import type { api } from '../../parts/server.ts';

export type ForecastAsk = NonNullable<Parameters<typeof api.forecast.show>[0]>;
export type CommitmentAsk = Parameters<typeof api.forecast.commitment>[0];
