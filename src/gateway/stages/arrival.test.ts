import type { IncomingMessage } from 'node:http';

import { describe, expect, it } from 'vitest';

import { Arrivals } from './arrival.ts';

interface World {
  nowMs: number;
  arrivals: Arrivals;
  readonly incoming: IncomingMessage & { paused: boolean; socket: { bytesRead: number } };
}

function world(): World {
  const incoming = {
    paused: false,
    readableLength: 0,
    readableHighWaterMark: 16_384,
    socket: { bytesRead: 500 },
    isPaused: () => incoming.paused,
  };
  const made: World = { nowMs: 0, incoming: incoming as never, arrivals: new Arrivals(() => 0) };
  made.arrivals = new Arrivals(() => made.nowMs);
  return made;
}

const PACE = { withinMs: undefined, bytesPerSecond: 1_000 };

describe('a body that is coming', () => {
  it('has ten seconds to get under way, then must keep its rate', () => {
    const at = world();
    let cut = 0;
    at.arrivals.watch(at.incoming, PACE, () => (cut += 1));
    for (const [nowMs, bytes, cuts] of [
      [10_000, 0, 0],
      [11_000, 1_000, 0],
      [20_000, 10_000, 0],
      [21_000, 10_999, 1],
      [30_000, 10_999, 1],
    ] as const) {
      at.nowMs = nowMs;
      at.incoming.socket.bytesRead = 500 + bytes;
      at.arrivals.look();
      expect([nowMs, cut]).toEqual([nowMs, cuts]);
    }
  });

  it('has a time for the whole, however fast it is', () => {
    const at = world();
    let cut = 0;
    at.arrivals.watch(at.incoming, { ...PACE, withinMs: 60_000 }, () => (cut += 1));
    at.incoming.socket.bytesRead = 1e9;
    at.nowMs = 60_000;
    at.arrivals.look();
    expect(cut).toBe(0);
    at.nowMs = 60_001;
    at.arrivals.look();
    expect(cut).toBe(1);
  });

  it('is not blamed while it is the gateway that does not read', () => {
    const at = world();
    let cut = 0;
    at.arrivals.watch(at.incoming, PACE, () => (cut += 1));
    at.incoming.paused = true;
    for (at.nowMs = 1_000; at.nowMs <= 100_000; at.nowMs += 1_000) at.arrivals.look();
    expect(cut).toBe(0);
    at.incoming.paused = false;
    for (; at.nowMs <= 120_000; at.nowMs += 1_000) at.arrivals.look();
    expect(cut).toBe(1);
  });

  it('is not looked at any more when it has come', () => {
    const at = world();
    let cut = 0;
    at.arrivals.watch(at.incoming, PACE, () => (cut += 1))();
    at.nowMs = 1e9;
    at.arrivals.look();
    expect(cut).toBe(0);
  });
});
