/**
 * Loads: closed (autocannon: as fast as answers come, for CPU per request) and open (a fixed rate that does not wait,
 * for latency, timed from the moment at which a request was due).
 */
import autocannon from 'autocannon';
import { Agent } from 'undici';

export interface LoadTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `[<id>]` in it becomes unique in every request. */
  readonly body: string;
}

export interface ClosedResult {
  readonly requests: number;
  readonly errors: number;
  readonly perSecond: number;
}

export async function closedLoad(
  target: LoadTarget,
  connections: number,
  seconds: number,
): Promise<ClosedResult> {
  const result = await autocannon({
    url: target.url,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...target.headers },
    body: target.body,
    idReplacement: true,
    connections,
    duration: seconds,
  });
  return {
    requests: result['2xx'],
    errors: result.errors + result.non2xx,
    perSecond: result['2xx'] / result.duration,
  };
}

export interface OpenResult {
  readonly requests: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export async function openLoad(
  target: LoadTarget,
  ratePerSecond: number,
  seconds: number,
): Promise<OpenResult> {
  const agent = new Agent({ connections: 64, pipelining: 1 });
  const latencies: number[] = [];
  let errors = 0;
  const started = performance.now();
  const pending: Array<Promise<void>> = [];
  const total = ratePerSecond * seconds;
  for (let sent = 0; sent < total; sent += 1) {
    const dueMs = started + (sent * 1_000) / ratePerSecond;
    const waitMs = dueMs - performance.now();
    if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
    pending.push(
      agent
        .request({
          origin: new URL(target.url).origin,
          path: new URL(target.url).pathname,
          method: 'POST',
          headers: { 'content-type': 'application/json', ...target.headers },
          body: target.body.replaceAll('[<id>]', `open-${sent}`),
        })
        .then(async (answer) => {
          await answer.body.dump();
          if (answer.statusCode === 200) latencies.push(performance.now() - Math.max(dueMs, started));
          else errors += 1;
        })
        .catch(() => void (errors += 1)),
    );
  }
  await Promise.all(pending);
  await agent.close();
  const sorted = latencies.toSorted((a, b) => a - b);
  return { requests: sorted.length, errors, p50Ms: at(sorted, 0.5), p99Ms: at(sorted, 0.99) };
}

/** Nearest-rank percentile of sorted values. */
export function at(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return at(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}
