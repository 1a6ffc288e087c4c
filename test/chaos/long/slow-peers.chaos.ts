/** A thousand slow connections of each kind on a running system: what a healthy client notices, and what it costs. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

import { startSystem } from '../../e2e/system.ts';
import type { System } from '../../e2e/system.ts';
import { findSlowHttpTest } from '../../servers.ts';
import { holdSlowly, SLOW_WAYS } from '../slow-peers.ts';

const CONNECTIONS = 1_000;
const SECONDS = 20;

async function healthy(system: System, until: () => boolean): Promise<number[]> {
  const durations: number[] = [];
  while (!until()) {
    const beganMs = performance.now();
    const answer = await fetch(`${system.gatewayUrl}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'sim-small', messages: [{ role: 'user', content: 'still there?' }] }),
    });
    expect(answer.status).toBe(200);
    await answer.text();
    durations.push(performance.now() - beganMs);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return durations.toSorted((a, b) => a - b);
}

const p99 = (sorted: readonly number[]): number => Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0);

async function residentKib(system: System): Promise<number> {
  const [gateway] = (await system.processes()).filter(({ role }) => role === 'gateway');
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway?.pid}/status`, 'utf8'))?.[1]);
}

it.for(Object.keys(SLOW_WAYS))('a thousand slow %s', async (way, { skip }) => {
  const found = findSlowHttpTest();
  if (found.kind === 'missing') return skip(found.reason);
  // The ladder looks at the machine, which may be busy with other things: here every call of a healthy client is to be served.
  const settings = { overload: { enabled: false } };
  const system = await startSystem({ workers: 1, simulator: { timeScale: 0 }, settings });
  try {
    let calls = 0;
    const before = await healthy(system, () => (calls += 1) > 300);
    const quietKib = await residentKib(system);
    let isHolding = true;
    const path = way === 'readers' ? '/v1/models' : '/v1/chat/completions';
    const holding = holdSlowly(found.executable, {
      url: `${system.gatewayUrl}${path}`,
      way,
      connections: CONNECTIONS,
      seconds: SECONDS,
    }).then(() => (isHolding = false));
    const during = await healthy(system, () => !isHolding);
    await holding;
    const grownKib = (await residentKib(system)) - quietKib;
    process.stdout.write(
      `slow ${way}: ${JSON.stringify({ connections: CONNECTIONS, p99MsBefore: p99(before), p99MsDuring: p99(during), calls: during.length, residentKibAConnection: Math.round(grownKib / CONNECTIONS) })}\n`,
    );
    expect(grownKib / CONNECTIONS).toBeLessThan(256);
  } finally {
    await system.stop();
  }
});
