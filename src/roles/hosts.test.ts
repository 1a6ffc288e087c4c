import { expect, test } from 'vitest';

import { ENDED_MS } from '../ledger/ledger.ts';
import type { DrainProgress } from '../ledger/ledger.ts';
import { hostListener, hostTeller, together } from './hosts.ts';

const NOW = 1_000_000_000;
const OWN: DrainProgress = { backlogFrames: 2, completeUntilMs: NOW - 10, trouble: '' };
const other = (over: object = {}) => ({
  host: 'b',
  backlogFrames: 5,
  completeUntilMs: NOW - 900,
  trouble: '',
  atMs: NOW - 1_000,
  ...over,
});

test('figures are complete as far as the last host, and behind by all of them', () => {
  expect(together(OWN, [other()], NOW)).toEqual({
    backlogFrames: 7,
    completeUntilMs: NOW - 900,
    trouble: '',
  });
});

test('what the own drain says of its journals is told on: without it no budget would ever begin', () => {
  const own = { ...OWN, openJournals: ['a.gateway-1-1'], step: 3 };
  expect(together(own, [other()], NOW)).toMatchObject({ openJournals: ['a.gateway-1-1'], step: 3 });
});

test('a host that has ended holds nothing back, however long ago', () => {
  expect(together(OWN, [other({ completeUntilMs: ENDED_MS, backlogFrames: 0, atMs: 0 })], NOW)).toEqual(OWN);
});

test('a host that fell silent is named, and figures stay incomplete from then on', () => {
  const heard = together(OWN, [other({ atMs: NOW - 61_000, completeUntilMs: NOW - 61_500 })], NOW);
  expect(heard.trouble).toMatch(/Host b has not been heard of/);
  expect(heard.completeUntilMs).toBe(NOW - 61_500);
});

test('trouble of another host is told with its name, after one’s own', () => {
  expect(together(OWN, [other({ trouble: 'the disk is full' })], NOW).trouble).toBe(
    'Host b: the disk is full',
  );
  expect(together({ ...OWN, trouble: 'mine' }, [other({ trouble: 'theirs' })], NOW).trouble).toBe('mine');
});

test('a drain tells now and then, at once when trouble changes, and that it ended only when all is in', async () => {
  let nowMs = NOW;
  const told: DrainProgress[] = [];
  const ledger = {
    tellHost: (_: string, progress: DrainProgress) => Promise.resolve(void told.push(progress)),
  };
  const teller = hostTeller(ledger, 'b', { nowMs: () => nowMs });
  teller.told(OWN);
  teller.told(OWN);
  teller.told({ ...OWN, trouble: 'away' });
  nowMs += 5_000;
  teller.told({ ...OWN, trouble: 'away' });
  await teller.ended(OWN);
  await teller.ended({ ...OWN, backlogFrames: 0 });
  expect(told.map(({ trouble, completeUntilMs }) => [trouble, completeUntilMs])).toEqual([
    ['', OWN.completeUntilMs],
    ['away', OWN.completeUntilMs],
    ['away', OWN.completeUntilMs],
    ['', OWN.completeUntilMs],
    ['', ENDED_MS],
  ]);
});

test('what was heard last stays while the store is away', async () => {
  let nowMs = NOW;
  let away = false;
  const ledger = { hosts: () => (away ? Promise.reject(new Error('away')) : Promise.resolve([other()])) };
  const listener = hostListener(ledger, { nowMs: () => nowMs });
  listener.look();
  await new Promise(setImmediate);
  away = true;
  nowMs += 100_000;
  listener.look();
  await new Promise(setImmediate);
  expect(listener.with({ ...OWN, completeUntilMs: nowMs })).toMatchObject({ completeUntilMs: NOW - 900 });
  expect(listener.with(OWN).trouble).toMatch(/not been heard of/);
});
