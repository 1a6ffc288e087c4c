import { describe, expect, it } from 'vitest';

import { openPriceBook } from '../../prices/prices.ts';
import type { Intent, Settlement } from '../call.ts';
import type { CarriedResult } from '../wires/wire.ts';
import { CarriedLines } from './carried.ts';
import { EMPTY_READING } from './endings.ts';

const BOOK = openPriceBook({ version: 'none' });
const CARRIER = {
  call: 'call-0',
  attempt: 'call-0',
  attemptNumber: 1,
  provider: 'openai',
  account: '',
  priceProvider: 'openai',
  model: 'm',
  attribution: { workflow: 'w', team: '', customer: '', request: 'r', session: '', tags: {} },
} as unknown as Intent;

function lines(fail = (): void => undefined): { carried: CarriedLines; settled: Settlement[] } {
  const settled: Settlement[] = [];
  let id = 0;
  const carried = new CarriedLines({
    recorder: { intend: fail, settle: (settlement) => void settled.push(settlement) },
    newId: () => `id-${(id += 1)}`,
    nowMs: () => 1_000,
    settled: () => undefined,
  });
  return { carried, settled };
}

function result(once: string, of: CarriedResult['of'], more: object = {}): CarriedResult {
  return {
    once,
    wire: 'openai-chat',
    model: 'm',
    reading: {
      ...EMPTY_READING,
      complete: true,
      parts: [{ part: 'call', model: '', usage: { freshIn: 1 }, flag: '' }],
      ...more,
    },
    of,
    label: once,
  };
}

describe('results that an answer carries', () => {
  it('of a batch are recorded once each, by provider and account', () => {
    const { carried, settled } = lines();
    for (const carrier of [CARRIER, CARRIER, { ...CARRIER, provider: 'other' }, { ...CARRIER, account: 'b' }])
      carried.record(result('a', 'batch'), carrier, BOOK);
    expect(settled).toHaveLength(3);
  });

  it('that could not be recorded may be tried again', () => {
    let full = true;
    const { carried, settled } = lines(() => {
      if (full) throw new Error('the journal is full');
    });
    expect(() => carried.record(result('a', 'batch'), CARRIER, BOOK)).toThrow('the journal is full');
    full = false;
    carried.record(result('a', 'batch'), CARRIER, BOOK);
    expect(settled).toHaveLength(1);
  });

  it('of the background belong to the call that began them, and to nobody else', () => {
    const { carried, settled } = lines();
    carried.record(result('resp_1', 'background'), CARRIER, BOOK);
    expect(settled).toHaveLength(0);
    carried.await('resp_1', { ...CARRIER, call: 'call-9' });
    expect(carried.awaited).toBe(1);
    carried.record(result('resp_1', 'background'), { ...CARRIER, provider: 'other' }, BOOK);
    carried.record(result('resp_1', 'background'), CARRIER, BOOK);
    carried.record(result('resp_1', 'background'), CARRIER, BOOK);
    expect(settled.map(({ intent }) => [intent.call, intent.attempt, intent.attemptNumber])).toEqual([
      ['call-9', 'id-1', 2],
    ]);
    expect(carried.awaited).toBe(0);
  });

  it('that state no usage are unpriced, unless they failed', () => {
    const { carried, settled } = lines();
    carried.record(result('a', 'batch', { parts: [] }), CARRIER, BOOK);
    carried.record(result('b', 'batch', { parts: [], failed: true }), CARRIER, BOOK);
    expect(settled.map(({ charges }) => charges[0]!.cost.kind)).toEqual(['unpriced', 'priced']);
    expect(settled.map(({ status }) => status)).toEqual(['ok', 'upstream_error']);
  });

  it('are remembered up to a limit', () => {
    const { carried } = lines();
    for (let at = 0; at < 10_050; at += 1) carried.await(`resp_${at}`, CARRIER);
    expect(carried.awaited).toBe(10_000);
  });
});
