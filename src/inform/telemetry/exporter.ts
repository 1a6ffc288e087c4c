/**
 * Sends what the ledger takes in on to an OTLP collector. The place in the ledger moves on only when the collector has
 * answered: at least once, in order, and a collector that is away holds up nothing but this.
 */
import type { LedgerReader } from '../../ledger/question.ts';
import { isExported, metricRequest, traceRequest } from './export.ts';
import type { Exporting } from './export.ts';

export interface ExporterWorld {
  readonly reader: LedgerReader;
  readonly exporting: Exporting;
  readonly signals: ReadonlyArray<'traces' | 'metrics'>;
  /** Posts JSON to `/v1/traces` or `/v1/metrics` of the collector. @throws when it did not take it. */
  readonly send: (path: '/v1/traces' | '/v1/metrics', body: object) => Promise<void>;
  readonly readPosition: () => string | Promise<string>;
  readonly keepPosition: (position: string) => void | Promise<void>;
  readonly nowMs: () => number;
}

export interface ExportStep {
  readonly lines: number;
  /** Empty when all is well. */
  readonly trouble: string;
}

const LINES_AT_ONCE = 500;

export interface Exporter {
  /** Sends what has come since; call it again at once while it sent a full batch. Never throws. */
  step(): Promise<ExportStep>;
}

export function createExporter(world: ExporterWorld): Exporter {
  let lastMs = world.nowMs();
  return {
    async step() {
      try {
        const { lines, position } = await world.reader.tail(await world.readPosition(), LINES_AT_ONCE);
        const nowMs = world.nowMs();
        const told = lines.filter(isExported);
        if (told.length > 0) {
          if (world.signals.includes('traces'))
            await world.send('/v1/traces', traceRequest(told, world.exporting));
          if (world.signals.includes('metrics'))
            await world.send(
              '/v1/metrics',
              metricRequest(told, { fromMs: lastMs, toMs: nowMs }, world.exporting),
            );
          lastMs = nowMs;
        }
        await world.keepPosition(position);
        return { lines: told.length, trouble: '' };
      } catch (error) {
        return { lines: 0, trouble: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}
