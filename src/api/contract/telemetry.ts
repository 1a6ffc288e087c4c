/** Telemetry in and out, in the API. */
import { z } from '@hono/zod-openapi';

import { count, instant } from './words.ts';

const taken = z.object({
  requests: count,
  calls: count.openapi({ description: 'Lines written.' }),
  known: count.openapi({ description: 'Calls that the ledger had already.' }),
  skipped: count.openapi({ description: 'Spans that call no model, or repeat what is below them.' }),
  malformed: count,
  unpriced: count,
  takenBack: count.openapi({ description: 'Taken back, since the gateway had recorded the call itself.' }),
});

export const TelemetryStatus = z
  .object({
    ingest: taken.extend({ since: instant, last: instant.nullable() }),
    export: z
      .object({
        endpoint: z.string(),
        signals: z.array(z.enum(['traces', 'metrics'])),
        lines: count.openapi({ description: 'Lines sent since the start.' }),
        last: instant.nullable(),
        trouble: z.string().openapi({ description: 'Empty when all is well.' }),
      })
      .nullable()
      .openapi({ description: 'Null when no collector is set.' }),
  })
  .openapi('TelemetryStatus');

export const TraceResponse = z
  .object({
    partialSuccess: z.object({ rejectedSpans: z.string(), errorMessage: z.string() }).optional(),
  })
  .openapi('TraceResponse', { description: 'As OTLP has it.' });

export type TelemetryStatus = z.infer<typeof TelemetryStatus>;
export type TraceResponse = z.infer<typeof TraceResponse>;
