import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  createDice,
  price,
  sampleIntent,
  sampleSettlement,
  uuid7,
} from '../../test/conformance/ledger-samples.ts';
import { BUCKET_NAMES } from '../units/tokens.ts';
import { encodeLines, encodePosting, encodePresumed } from './line.ts';
import type { Posting } from './posting.ts';
import { BUCKET_COLUMNS, LINE_COLUMNS } from './stores/columns.ts';

const dice = createDice(1);
const span = { fromMs: 1_790_000_000_000, toMs: 1_790_000_900_000 };
const at = { journal: 'worker-1', sequence: 42 };

function sample() {
  return sampleSettlement(dice, sampleIntent(dice, span, uuid7(dice, span.fromMs), 1));
}

function cells(row: string): Record<string, unknown> {
  expect(row.endsWith('\n')).toBe(true);
  const values = JSON.parse(row) as unknown[];
  expect(values).toHaveLength(LINE_COLUMNS.length);
  return Object.fromEntries(LINE_COLUMNS.map(({ name }, place) => [name, values[place]]));
}

describe('encodeLines', () => {
  test('one row per charge, numbered; the call and the composition count once', () => {
    const settlement = sample();
    const own = { ...settlement.charges[0]!, flag: '' };
    const iteration = { ...own, part: 'compaction', model: '' };
    const intent = { ...settlement.intent, endpoint: 'inference' as const };
    const rows = encodeLines({ ...settlement, intent, charges: [own, iteration] }, at)
      .split('\n')
      .slice(0, -1);
    const [first, second] = rows.map((row) => cells(`${row}\n`));
    expect(first).toMatchObject({
      journal: 'worker-1',
      sequence: 42,
      part_number: 0,
      part: 'call',
      calls: 1,
      attempts: 1,
      leg: 'settle',
    });
    expect(second).toMatchObject({
      sequence: 42,
      part_number: 1,
      part: 'compaction',
      model: intent.model,
      calls: 0,
      attempts: 0,
    });
    expect(first?.['input_user']).toBe(settlement.composition.input.user);
    expect(second?.['input_user']).toBe(0);
  });

  test.each([
    ['inference', 1, 1, 1],
    ['inference', 2, 0, 1],
    ['count-tokens', 1, 0, 0],
    ['models', 1, 0, 0],
  ] as const)('%s, attempt %d: %d calls, %d attempts', (endpoint, attemptNumber, calls, attempts) => {
    const settlement = sample();
    const row = encodeLines(
      {
        ...settlement,
        intent: { ...settlement.intent, endpoint, attemptNumber },
        charges: [settlement.charges[0]!],
      },
      at,
    );
    expect(cells(row)).toMatchObject({ calls, attempts });
  });

  test('money is written digit by digit, without a float', () => {
    const settlement = sample();
    const total = 123_456_789_012_345_678_901_234n;
    const row = encodeLines(
      {
        ...settlement,
        charges: [
          { ...settlement.charges[0]!, cost: { kind: 'priced', total, buckets: [] }, providerCost: -1n },
        ],
      },
      at,
    );
    expect(row).toContain(`,${total}e-12,0,0,0,-1e-12,`);
  });

  test('an unpriced charge costs nothing and says so', () => {
    const settlement = sample();
    const row = encodeLines(
      { ...settlement, charges: [{ ...settlement.charges[0]!, cost: { kind: 'unpriced', missing: [] } }] },
      at,
    );
    expect(cells(row)).toMatchObject({ unpriced: 1, cost: 0, 'priced.bucket': [] });
  });

  test('any text is one line of valid JSON and comes back well-formed', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.array(fc.integer({ min: 0, max: 0xffff })),
        (text, codes) => {
          const settlement = sample();
          const torn = String.fromCharCode(...codes); // with lone surrogates
          const attribution = {
            ...settlement.intent.attribution,
            customer: text,
            session: torn,
            tags: { [torn]: text },
          };
          const row = encodeLines(
            {
              ...settlement,
              intent: { ...settlement.intent, attribution },
              charges: [settlement.charges[0]!],
            },
            at,
          );
          expect(row.indexOf('\n')).toBe(row.length - 1);
          expect(cells(row)).toMatchObject({
            customer: text,
            session: torn.toWellFormed(),
            tags: { [torn.toWellFormed()]: text },
          });
        },
      ),
    );
  });

  test('a failed stopwatch costs no line; a count that is no number does not become money', () => {
    const settlement = sample();
    const row = encodeLines(
      {
        ...settlement,
        durationMs: Number.NaN,
        firstByteMs: -3,
        overheadMicros: 12.6,
        charges: [settlement.charges[0]!],
      },
      at,
    );
    expect(cells(row)).toMatchObject({ duration_ms: 0, first_byte_ms: 0, overhead_micros: 13 });
    const usage = { freshIn: Number.NaN };
    expect(() => encodeLines({ ...settlement, charges: [{ ...settlement.charges[0]!, usage }] }, at)).toThrow(
      RangeError,
    );
    expect(() => encodeLines({ ...settlement, charges: [] }, at)).toThrow(/has no charge/);
  });
});

test('encodePresumed charges what the intent presumed and says why', () => {
  const usage = { freshIn: 900, textOut: 100 };
  const intent = {
    ...sampleIntent(dice, span, uuid7(dice, span.fromMs), 1),
    endpoint: 'inference' as const,
    presumed: { usage, cost: price(usage) },
  };
  expect(cells(encodePresumed(intent, at, 'process ended in flight'))).toMatchObject({
    leg: 'presume',
    status: 'crashed',
    basis: 'presumed',
    flag: 'process ended in flight',
    fresh_in: 900,
    text_out: 100,
    input_unknown: 900,
    composition_basis: 'unknown',
    calls: 1,
    attempts: 1,
  });
});

describe('columns', () => {
  test('their order is the format of rows in journals: append, never move', () => {
    const names = LINE_COLUMNS.map(({ name }) => name);
    expect(names.slice(0, 4)).toEqual(['journal', 'sequence', 'part_number', 'leg']);
    expect(names.join(' ')).toMatchInlineSnapshot(
      `"journal sequence part_number leg call_id attempt_id attempt_number kind part started_at duration_ms first_byte_ms overhead_micros workflow team customer request session tags key provider price_provider wire endpoint model_requested model model_returned response_id stream status http_status finish_reason service_tier geo simulated basis flag price_version rulebook_version calls attempts unpriced cost input_cost output_cost fee_cost provider_cost priced.bucket priced.units priced.rate priced.cost composition_basis input_system input_tools input_history input_retrieval input_user input_media input_overhead input_unknown output_text output_reasoning output_tool_calls fresh_in cache_read cache_write_5m cache_write_1h cache_write_unknown audio_in audio_cache_read image_in tool_prompt_in text_out reasoning_out audio_out image_out web_search file_search code_session maps_query account region path fingerprint attributed_by source cause corrects correction for_month force above_list list_rates list_costs"`,
    );
    expect(new Set(names).size).toBe(names.length);
  });

  test('what postings added stands behind the first seventeen buckets and before any later one', () => {
    const names = LINE_COLUMNS.map(({ name }) => name);
    const ofBuckets = BUCKET_COLUMNS.map(({ name }) => name);
    const first = names.indexOf('fresh_in');
    const added = names.indexOf('account');
    expect(names.slice(first, added)).toEqual(ofBuckets.slice(0, 17));
    expect(names.slice(names.indexOf('list_costs') + 1)).toEqual(ofBuckets.slice(17));
    expect(BUCKET_COLUMNS.map(({ bucket }) => bucket)).toEqual(BUCKET_NAMES);
  });

  test('a line says what it would have cost at list, where that is not what it cost', () => {
    const settlement = sample();
    const cost = {
      kind: 'priced',
      total: 12n,
      buckets: [
        { bucket: 'freshIn', units: 3, rate: 2_000_000n, cost: 6n, listRate: 2_500_000n },
        { bucket: 'textOut', units: 6, rate: 1_000_000n, cost: 6n },
      ],
    } as const;
    const row = (charge: Partial<(typeof settlement.charges)[0]>) =>
      cells(encodeLines({ ...settlement, charges: [{ ...settlement.charges[0]!, ...charge }] }, at));
    expect(row({ cost })).toMatchObject({
      above_list: 2e-12,
      list_rates: [2.5e-6, 1e-6],
      list_costs: [8e-12, 6e-12],
    });
    const paid = {
      ...cost,
      buckets: cost.buckets.map(({ bucket, units, rate, cost: of }) => ({ bucket, units, rate, cost: of })),
    };
    expect(row({ cost: paid })).toMatchObject({ above_list: 0, list_rates: [], list_costs: [] });
  });
});

describe('encodePosting', () => {
  test('says where a line came from; a correction counts nothing unless it says so', () => {
    const settlement = sample();
    const intent = { ...settlement.intent, endpoint: 'inference', attemptNumber: 1 } as const;
    const posting: Posting = {
      settlement: { ...settlement, intent, charges: [settlement.charges[0]!] },
      leg: 'settle',
      source: 'import',
    };
    expect(cells(encodePosting(posting, at))).toMatchObject({
      leg: 'settle',
      source: 'import',
      calls: 1,
      attempts: 1,
      cause: '',
    });
    expect(cells(encodePosting({ ...posting, source: 'gateway' }, at))).toMatchObject({ source: '' });
    expect(
      cells(
        encodePosting(
          { ...posting, leg: 'adjust', cause: 'c', corrects: 'x:1:0', correction: 'r', forMonth: '2026-08' },
          at,
        ),
      ),
    ).toMatchObject({
      leg: 'adjust',
      calls: 0,
      attempts: 0,
      cause: 'c',
      corrects: 'x:1:0',
      correction: 'r',
      for_month: '2026-08',
      force: 0,
    });
    const counts = { calls: -4, attempts: -5, unpriced: -1 };
    expect(cells(encodePosting({ ...posting, leg: 'adjust', counts }, at))).toMatchObject(counts);
  });
});
