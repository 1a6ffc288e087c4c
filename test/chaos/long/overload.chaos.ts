/** Three times what a worker can serve, for longer than it takes to notice: what it still serves, and what it says to the rest. */
import autocannon from 'autocannon';
import { expect, it } from 'vitest';

import { startSystem } from '../../e2e/system.ts';
import type { System } from '../../e2e/system.ts';

const PEAK_SECONDS = 10;
const OVERLOAD_SECONDS = 25;

interface Result {
  readonly '2xx': number;
  readonly '5xx': number;
  readonly non2xx: number;
  readonly errors: number;
  readonly duration: number;
  readonly latency: { readonly p99: number };
}

async function load(
  system: System,
  connections: number,
  duration: number,
  overallRate?: number,
): Promise<Result> {
  const options = {
    url: `${system.gatewayUrl}/v1/chat/completions`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'sim-small', messages: [{ role: 'user', content: 'how much?' }] }),
    idReplacement: false,
    connections,
    duration,
    workers: 1, // the load is made beside this thread
    ...(overallRate !== undefined && { overallRate }),
  };
  return (await autocannon(options)) as unknown as Result;
}

it('at three times its capacity a worker serves on, refuses the rest, and ends what it has begun', async () => {
  const system = await startSystem({ workers: 1, simulator: { timeScale: 0 } });
  try {
    await load(system, 16, 4); // warm
    const peak = await load(system, 24, PEAK_SECONDS);
    const peakRate = peak['2xx'] / peak.duration;
    const stream = await fetch(`${system.gatewayUrl}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({
        model: 'sim-small',
        stream: true,
        messages: [{ role: 'user', content: 'say much [[simulate: slow]]' }],
      }),
    });
    const over = await load(system, 300, OVERLOAD_SECONDS, Math.ceil(3 * peakRate));
    const goodput = over['2xx'] / over.duration;
    process.stdout.write(
      `overload: ${JSON.stringify({ peakRate: Math.round(peakRate), goodput: Math.round(goodput), ratio: Number((goodput / peakRate).toFixed(3)), refused: over['5xx'], errors: over.errors, p99Ms: over.latency.p99 })}\n`,
    );
    expect(await stream.text()).toContain('[DONE]'); // begun before, served to its end
    expect(over.non2xx).toBe(over['5xx']); // nothing but answers and 503
    expect(goodput).toBeGreaterThan(0);
    const metrics = await (await fetch(`${system.gatewayUrl}/metrics`)).text();
    expect(metrics).toContain('setpoint_overload_step');
    expect((await system.processes()).filter(({ role }) => role === 'gateway')).toHaveLength(1);
    expect(system.log()).not.toContain('gateway-1 ended'); // no crash
  } finally {
    await system.stop();
  }
});
