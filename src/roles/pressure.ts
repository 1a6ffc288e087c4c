/** What a gateway worker measures of itself every 250 ms, for its overload ladder and for /metrics. */
import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';

import type { Pressure } from '../gateway/gateway.ts';

const SAMPLE_MS = 250;
const SPOOL_EVERY_SAMPLES = 20;
const NANOSECONDS = 1e6;
const P99 = 99;

export interface PressureWatch {
  gauges(): Readonly<Record<string, number>>;
  stop(): void;
}

export interface PressureAsk {
  /** Directory of all journals of this machine. */
  readonly journals: string;
  readonly syncLagMs: () => number;
  /** What the operator allows a worker; undefined: what the container or the machine has. */
  readonly memoryBytes: () => number | undefined;
  readonly observe: (pressure: Pressure) => void;
}

export function watchPressure({ journals, syncLagMs, memoryBytes, observe }: PressureAsk): PressureWatch {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  let before = performance.eventLoopUtilization();
  let last: Pressure = { busy: 0, loopDelayMs: 0, memory: 0, syncLagMs: 0, spool: 0 };
  let spool = { bytes: 0, share: 0 };
  let samples = 0;
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    last = {
      busy: utilization,
      loopDelayMs: delay.percentile(P99) / NANOSECONDS,
      memory: memoryShare(memoryBytes()),
      syncLagMs: syncLagMs(),
      spool: spool.share,
    };
    delay.reset();
    observe(last);
    samples += 1;
    if (samples % SPOOL_EVERY_SAMPLES !== 1) return;
    void spoolOf(journals).then(
      (found) => (spool = found),
      () => undefined, // a journal that goes while it is measured; the next measure finds out
    );
  }, SAMPLE_MS);
  timer.unref();
  return {
    gauges: () => ({
      event_loop_busy_share: last.busy,
      event_loop_delay_p99_seconds: last.loopDelayMs / 1_000,
      memory_share: last.memory,
      spool_bytes: spool.bytes,
      spool_share: spool.share,
    }),
    stop() {
      clearInterval(timer);
      delay.disable();
    },
  };
}

/** The nearer of two ends: that of the machine or container, and that of JavaScript's heap. */
function memoryShare(allowedBytes: number | undefined): number {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  const constrained = process.constrainedMemory();
  const total = allowedBytes ?? (constrained > 0 ? constrained : Number.POSITIVE_INFINITY);
  return Math.max(used / limit, process.memoryUsage.rss() / total);
}

/** Calls that the ledger does not have yet, and what share of the space that is left for them they take. */
async function spoolOf(root: string): Promise<{ bytes: number; share: number }> {
  let bytes = 0;
  for (const journal of await readdir(root, { withFileTypes: true })) {
    if (!journal.isDirectory()) continue;
    for (const file of await readdir(join(root, journal.name)).catch(() => [])) {
      if (file === 'ballast') continue;
      bytes += await stat(join(root, journal.name, file)).then(
        ({ size }) => size,
        () => 0,
      );
    }
  }
  const { bavail, bsize } = await statfs(root);
  return { bytes, share: bytes / Math.max(1, bytes + bavail * bsize) };
}
