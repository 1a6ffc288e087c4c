import { EventEmitter } from 'node:events';

import { describe, expect, it, vi } from 'vitest';

import { createStandingRelay, followWorkers, SILENT_MS, tellStanding } from './worker-standing.ts';

const gateway = {
  metrics: {
    inFlight: 2,
    gauges: () => ({ rulebook_version: 5, journal_sync_lag_seconds: 0.004 }),
  },
  brokenRoutes: () => [{ provider: 'openai', dialect: 'openai', model: 'gpt-4o' }],
} as unknown as Parameters<typeof tellStanding>[0]['gateway'];

describe('how workers stand', () => {
  it('reaches control by way of the supervisor, and is forgotten when a worker falls silent', () => {
    let nowMs = 1_000;
    const control = Object.assign(new EventEmitter(), {
      connected: true,
      send: vi.fn<(message: unknown) => void>(),
    });
    const relay = createStandingRelay();
    let receive: (message: unknown) => void = () => undefined;
    control.send.mockImplementation((message) => receive(message));
    const workers = followWorkers({
      nowMs: () => nowMs,
      onParentMessage: (listener) => (receive = listener),
      tellParent: (message) => relay.onControl(message, control as never),
    });
    const standing = tellStanding({
      slot: 'gateway-1',
      gateway,
      facts: () => ({ journal: 'open', overload: 'normal' }),
      world: { nowMs: () => nowMs, tellParent: relay.onGateway },
    });
    expect(workers()).toMatchObject([
      { slot: 'gateway-1', state: 'serving', inFlight: 2, rulebook: 5, syncLagMs: 4, journal: 'open' },
    ]);
    standing.draining();
    expect(workers()).toMatchObject([{ state: 'draining' }]);
    standing.stop();
    nowMs += SILENT_MS + 1;
    expect(workers()).toEqual([]);
  });

  it('is dropped while no control has asked', () => {
    const relay = createStandingRelay();
    expect(() => relay.onGateway({ workerStanding: {} })).not.toThrow();
  });
});
