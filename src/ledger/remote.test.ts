import { EventEmitter } from 'node:events';

import { describe, expect, test } from 'vitest';

import { LINE, fakeLedger, fakePoster } from '../../test/fakes/ledger.ts';
import type { LedgerPoster } from './posting.ts';
import type { LedgerReader } from './question.ts';
import { LedgerAway, createRemoteLedger, serveLedger } from './remote.ts';
import type { MessagePort } from './remote.ts';

/** Two ends of a channel in one process, which copies what it carries as a channel between two does. */
function channel(): readonly [MessagePort, MessagePort] {
  const [near, far] = [new EventEmitter(), new EventEmitter()];
  const end = (own: EventEmitter, other: EventEmitter): MessagePort => ({
    send: (message) => void queueMicrotask(() => other.emit('message', structuredClone(message))),
    onMessage: (receive) => void own.on('message', receive),
  });
  return [end(near, far), end(far, near)];
}

function join(ledger: Partial<LedgerReader & LedgerPoster> = {}) {
  const [asking, answering] = channel();
  const poster = fakePoster();
  serveLedger({ ...fakeLedger(), ...poster, ...ledger }, answering);
  const remote = createRemoteLedger();
  remote.connect(asking);
  return { remote, poster };
}

describe('the ledger over process messages', () => {
  test('questions and postings arrive whole: bigint, typed arrays and all', async () => {
    const { remote, poster } = join();
    expect((await remote.reader.receipt(LINE.call))?.lines).toEqual([LINE]);
    expect(await remote.reader.lockedMonths()).toEqual([]);
    const block = {
      id: 'b',
      source: 'import',
      lines: 1,
      startedAtMs: Float64Array.of(5),
      provider: 'openai',
      model: 'gpt-large',
      buckets: [{ bucket: 'freshIn', units: Uint32Array.of(7), rate: 5n }],
    } as const;
    expect(await remote.poster.importLines(block)).toEqual({ lines: 1, repeated: false });
    expect(poster.blocks).toEqual([block]);
    expect(poster.blocks[0]?.startedAtMs).toBeInstanceOf(Float64Array);
    expect(await remote.poster.post({ id: 'p', postings: [] })).toEqual({ lines: 0, repeated: false });
    expect(await remote.poster.rebookLate('2026-09', 7)).toEqual({ lines: 0, repeated: false });
    expect((await remote.poster.lockMonth('2026-09')).month).toBe('2026-09');
    const during = { fromMs: 0, toMs: 1 };
    await remote.poster.move({ id: 'm', during, where: [], set: { team: 't' }, by: 'rule:1@1', cause: 'c' });
    expect(poster.moves).toHaveLength(1);
  });

  test('who is given the reader cannot write', () => {
    const { reader, poster } = join().remote;
    expect(Object.keys(reader).filter((name) => Object.hasOwn(poster, name))).toEqual([]);
  });

  test('a refusal is one on the other side too; a failure is no refusal', async () => {
    const refusing = join({ post: () => Promise.reject(new RangeError('2026-09 is locked')) });
    await expect(refusing.remote.poster.post({ id: 'p', postings: [] })).rejects.toThrow(RangeError);
    const failing = join({ post: () => Promise.reject(new Error('the disk is full')) });
    const failure = failing.remote.poster.post({ id: 'p', postings: [] });
    await expect(failure).rejects.toThrow('the disk is full');
    await expect(failure).rejects.not.toThrow(RangeError);
  });

  test('while the other end is away, a posting fails at once and says so', async () => {
    const { remote } = join({ post: () => new Promise(() => undefined) });
    const open = remote.poster.post({ id: 'p', postings: [] });
    remote.disconnect('the ledger ended');
    await expect(open).rejects.toThrow(LedgerAway);
    await expect(remote.poster.post({ id: 'p', postings: [] })).rejects.toThrow('the ledger ended');
  });

  test('what nobody waits for any more is taken back at the other end too, all of it; what posts is not', async () => {
    const heard: AbortSignal[] = [];
    const never = (_: unknown, signal?: AbortSignal): Promise<never> => {
      if (signal !== undefined) heard.push(signal);
      return new Promise(() => undefined);
    };
    let posted: readonly unknown[] = [];
    const post: LedgerPoster['post'] = async (...all) => {
      posted = all;
      return { lines: 0, repeated: false };
    };
    const { remote } = join({ ask: never, page: never, post });
    const leaving = new AbortController();
    const during = { fromMs: 0, toMs: 1 };
    const question = { of: [], by: [], during, where: [], timeZone: 'UTC', limit: 1 } as const;
    const open = [
      remote.reader.ask({ ...question, simulated: 'exclude' }, leaving.signal),
      remote.reader.page({ during, where: [], simulated: 'exclude', limit: 1, cursor: null }, leaving.signal),
    ];
    const stays = remote.reader.ask({ ...question, simulated: 'exclude' }, new AbortController().signal);
    await remote.poster.post({ id: 'p', postings: [] }); // behind them, so that they have arrived
    leaving.abort();
    for (const one of open) await expect(one).rejects.toThrow('aborted');
    await remote.poster.post({ id: 'q', postings: [] });
    expect(heard.map(({ aborted }) => aborted)).toEqual([true, true, false]);
    expect(posted).toHaveLength(1); // and no signal
    await expect(
      remote.reader.ask({ ...question, simulated: 'exclude' }, AbortSignal.abort()),
    ).rejects.toThrow('aborted');
    expect(heard).toHaveLength(3); // what is taken back already is never sent
    remote.disconnect('the ledger ended');
    await expect(stays).rejects.toThrow(LedgerAway);
  });

  test('messages that are not for it are left alone', async () => {
    const [near, far] = channel();
    serveLedger({ ...fakeLedger(), ...fakePoster() }, far);
    const seen: unknown[] = [];
    near.onMessage((message) => seen.push(message));
    for (const message of [{ ready: true }, null, 'x', { ledgerAsk: 1, method: 'close', parameters: [] }])
      near.send(message);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen).toEqual([]);
  });
});
