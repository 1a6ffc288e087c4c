import { describe, expect, it } from 'vitest';

import {
  listOf,
  missingPage,
  NOTHING_YET,
  placeOf,
  rowAt,
  rowsHeld,
  withNew,
  withoutFar,
  withPage,
} from './call-list.ts';
import type { CallList } from './call-list.ts';
import type { CallRow } from './call-row.ts';

const PAGE = 10;

/** Line `n` of a ledger whose newest line is 0: one second apart, two lines per call. */
function line(n: number, id = `l${n}`): CallRow {
  return {
    id,
    call: `c${Math.floor(n / 2)}`,
    startedAt: new Date(1e12 - n * 1_000).toISOString(),
    workflow: '',
    team: '',
    customer: '',
    provider: '',
    model: '',
    key: '',
    request: '',
    endpoint: 'inference',
    part: 'call',
    attempt: 1,
    inputTokens: 0,
    outputTokens: 0,
    durationMs: 0,
    firstByteMs: 0,
    states: [],
    cost: '0',
  };
}

function lines(from: number, count = PAGE): CallRow[] {
  return Array.from({ length: count }, (_, step) => line(from + step));
}

/** `count` pages of a longer chain. */
function chain(count: number): CallList {
  let list = NOTHING_YET;
  for (let at = 0; at < count; at += 1) list = withPage(list, at, lines(at * PAGE), `after ${at}`);
  return list;
}

describe('a list of lines that were paged through', () => {
  it('finds every row at its place, and none beyond', () => {
    const list = chain(3);
    expect(list.count).toBe(30);
    for (let place = 0; place < 30; place += 1) expect(rowAt(list, place)?.id).toBe(`l${place}`);
    expect(rowAt(list, -1)).toBeUndefined();
    expect(rowAt(list, 30)).toBeUndefined();
    expect(placeOf(list, 'c11')).toBe(22);
    expect(placeOf(list, 'none')).toBe(-1);
  });

  it('asks for the first page, then ahead of the reader and no further, and by the cursor before', () => {
    expect(missingPage(NOTHING_YET, { first: 0, last: 0 }, 100)).toBe(0);
    const list = chain(2);
    expect(list.pages.map(({ cursor }) => cursor)).toEqual(['', 'after 0']);
    expect(missingPage(list, { first: 0, last: 4 }, 14)).toBeUndefined();
    expect(missingPage(list, { first: 0, last: 5 }, 14)).toBe(2);
    const whole = withPage(list, 2, lines(20, 3), null);
    expect(whole.hasMore).toBe(false);
    expect(missingPage(whole, { first: 15, last: 22 }, 100)).toBeUndefined();
  });

  it('gives back what is far, keeps its place, and asks for it again before it is in sight', () => {
    const far = withoutFar(chain(10), { first: 70, last: 75 }, 10);
    expect(far.count).toBe(100);
    expect(rowsHeld(far)).toBe(40); // the first page, and 60 to 89
    expect(rowAt(far, 0)?.id).toBe('l0');
    expect(rowAt(far, 30)).toBeUndefined();
    expect(missingPage(far, { first: 70, last: 75 }, 5)).toBeUndefined();
    expect(missingPage(far, { first: 61, last: 66 }, 5)).toBe(5);
    const again = withPage(far, 5, lines(50), 'after 5');
    expect(rowAt(again, 55)?.id).toBe('l55');
    expect(again.pages).toHaveLength(10);
  });

  it('asks anew for what follows a page that came back ending elsewhere', () => {
    const far = withoutFar(chain(6), { first: 0, last: 5 }, 0);
    const other = withPage(far, 2, [line(20), line(20.5, 'between'), ...lines(21, 8)], 'after 28');
    expect(other.pages).toHaveLength(3);
    expect(missingPage(other, { first: 25, last: 29 }, 5)).toBe(3);
  });

  it('lets new lines join in order and once, and counts those that belong further down', () => {
    const list = chain(2);
    const joined = withNew(list, [line(3, 'l3'), line(1.5, 'between'), line(-1, 'new'), line(40, 'late')]);
    expect(joined.late).toBe(1);
    expect(joined.list.count).toBe(22);
    expect(Array.from({ length: 5 }, (_, at) => rowAt(joined.list, at)?.id)).toEqual([
      'new',
      'l0',
      'l1',
      'between',
      'l2',
    ]);
    expect(withNew(joined.list, [line(-1, 'new')]).list.count).toBe(22);
    const last = listOf([{ cursor: '', count: 2, rows: lines(0, 2), next: null }]);
    expect(withNew(last, [line(40, 'old')])).toMatchObject({ late: 0, list: { count: 3 } });
  });
});
