import { describe, expect, it } from 'vitest';

import type { TailFollowing } from '../../../api/client.ts';
import type { LedgerLine } from '../../../api/contract.ts';
import { LINE } from '../../../../test/fakes/line.ts';
import { TailConnection } from './tail-connection.ts';
import type { TailState } from './tail-connection.ts';

/** What a server does with one connection: lines by number, positions as text, then it ends. */
type Step = number | string;

function serverOf(connections: readonly (readonly Step[])[]) {
  const after: string[] = [];
  const open = async function* (following: TailFollowing): AsyncGenerator<LedgerLine> {
    const steps = connections[after.length];
    after.push(following.after ?? '');
    if (steps === undefined) {
      await new Promise((resolve) => following.signal?.addEventListener('abort', resolve));
      return;
    }
    for (const step of steps) {
      following.onHeard?.();
      if (typeof step === 'number') yield { ...(LINE as LedgerLine), id: `l${step}` };
      else if (step === 'dies') throw new Error('connection lost');
      else following.onPosition?.(step);
    }
  };
  return { open, after };
}

async function follow(connections: readonly (readonly Step[])[]) {
  const seen: string[] = [];
  const states: TailState[] = [];
  let begun = 0;
  const server = serverOf(connections);
  const connection = new TailConnection({
    open: server.open,
    onLines: (lines) => seen.push(...lines.map(({ id }) => id)),
    onState: (state) => states.push(state),
    onBegun: () => (begun += 1),
    wait: async () => undefined,
  });
  connection.start();
  await new Promise((resolve) => setTimeout(resolve, 20));
  return { connection, seen, states, server, begun: () => begun };
}

describe('a live tail', () => {
  it('goes on where it stood after the server was away: no line twice, none missing', async () => {
    const tail = await follow([
      ['p0', 1, 2, 'p2', 3, 'dies'], // line 3 came, its position did not
      ['dies'],
      [3, 4, 'p4'],
      [5],
    ]);
    tail.connection.stop('off');
    expect(tail.server.after.slice(0, 4)).toEqual(['', 'p2', 'p2', 'p4']);
    expect(tail.seen).toEqual(['l1', 'l2', 'l3', 'l4', 'l5']);
    expect(tail.begun()).toBe(1);
    expect(tail.states.slice(0, 3)).toEqual(['connecting', 'live', 'away']);
    expect(tail.states.at(-1)).toBe('off');
  });

  it('paused and started again, it goes on where it stood', async () => {
    const tail = await follow([['p0', 1, 'p1']]);
    tail.connection.stop('paused');
    expect(tail.states.at(-1)).toBe('paused');
    tail.connection.start();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(tail.server.after.at(-1)).toBe('p1');
    tail.connection.stop('off');
    expect(tail.seen).toEqual(['l1']);
  });
});
