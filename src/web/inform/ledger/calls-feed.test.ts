import { describe, expect, it, vi } from 'vitest';

import type { CallsPage, LedgerLine } from '../../../api/contract.ts';
import { LINE } from '../../../../test/fakes/line.ts';
import { rowAt } from './call-list.ts';
import { CallsFeed } from './calls-feed.ts';

const PAGE_ROWS = 100;

/** Line `n` of a ledger that grows: the larger, the newer. */
function line(n: number): LedgerLine {
  return {
    ...(LINE as LedgerLine),
    id: `l${n}`,
    call: `c${n}`,
    startedAt: new Date(1e12 + n * 1_000).toISOString(),
  };
}

/** A ledger of `count` lines, as its API pages through it. */
function ledgerOf(count: number) {
  const ledger = {
    newest: count - 1,
    asked: 0,
    fail: false,
    async ask(cursor: string, limit: number): Promise<CallsPage> {
      ledger.asked += 1;
      if (ledger.fail) throw new Error('away');
      const from = cursor === '' ? ledger.newest : Number(cursor);
      const lines = Array.from({ length: Math.min(limit, from + 1) }, (_, step) => line(from - step));
      const next = from - limit;
      return { lines, nextCursor: next < 0 ? null : String(next), hasMore: next >= 0, currency: 'USD' };
    },
  };
  return ledger;
}

function open(ledger: ReturnType<typeof ledgerOf>, ahead = 300) {
  const feed = new CallsFeed({ ask: ledger.ask, pageRows: PAGE_ROWS, ahead });
  return { feed, close: feed.subscribe(() => undefined) };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('the feed of calls', () => {
  it('reads a hundred thousand lines with a bounded number in memory, each once and in order', async () => {
    const ledger = ledgerOf(100_000);
    const { feed, close } = open(ledger);
    let most = 0;
    for (let first = 0; first < 100_000; first += 90) {
      feed.look({ first, last: Math.min(first + 30, 99_999) });
      await vi.waitFor(() => expect(rowAt(feed.state().list, Math.min(first + 30, 99_999))).toBeDefined(), {
        interval: 0,
      });
      const row = rowAt(feed.state().list, first);
      if (row?.id !== `l${99_999 - first}`) throw new Error(`place ${first} has ${row?.id}`);
      most = Math.max(most, feed.held());
    }
    await settled();
    expect(feed.state().list).toMatchObject({ count: 100_000, hasMore: false });
    expect(most).toBeLessThan(2_500);
    feed.look({ first: 50_000, last: 50_030 });
    await settled();
    expect(rowAt(feed.state().list, 50_000)?.id).toBe('l49999');
    close();
  });

  it('reads ahead so far, and without it only what is in sight', async () => {
    const [with300, without] = [open(ledgerOf(5_000)), open(ledgerOf(5_000), 0)];
    await settled();
    expect(with300.feed.state().list.count).toBe(400);
    expect(without.feed.state().list.count).toBe(100);
    with300.close();
    without.close();
  });

  it('lets new lines in on top, holds them back while somebody reads, and shows them when asked', async () => {
    const { feed, close } = open(ledgerOf(300));
    await settled();
    feed.arrived([line(300)], false);
    expect(rowAt(feed.state().list, 0)?.id).toBe('l300');
    feed.arrived([line(301), line(302)], true);
    feed.arrived([line(302), line(303)], true);
    expect(feed.state().waiting).toBe(3);
    expect(rowAt(feed.state().list, 0)?.id).toBe('l300');
    feed.showWaiting();
    expect(feed.state().waiting).toBe(0);
    expect([0, 1, 2, 3].map((place) => rowAt(feed.state().list, place)?.id)).toEqual([
      'l303',
      'l302',
      'l301',
      'l300',
    ]);
    close();
  });

  it('keeps what waits bounded: more than that is read anew', async () => {
    const ledger = ledgerOf(300);
    const { feed, close } = open(ledger);
    await settled();
    ledger.newest = 4_999;
    for (let n = 300; n < 5_000; n += 1) feed.arrived([line(n)], true);
    expect(feed.state().waiting).toBe(4_700);
    expect(feed.held()).toBeLessThan(2_000);
    feed.showWaiting();
    await settled();
    expect(rowAt(feed.state().list, 0)?.id).toBe('l4999');
    close();
  });

  it('catches up with what came between its first page and the start of a tail', async () => {
    const ledger = ledgerOf(300);
    const { feed, close } = open(ledger);
    await settled();
    ledger.newest = 304;
    await feed.catchUp(() => false);
    expect(feed.state().list.count).toBe(405 - 100);
    expect(rowAt(feed.state().list, 0)?.id).toBe('l304');
    ledger.newest = 600;
    await feed.catchUp(() => false);
    await settled();
    expect(rowAt(feed.state().list, 0)?.id).toBe('l600');
    expect(rowAt(feed.state().list, 296)?.id).toBe('l304');
    close();
  });

  it('says that the ledger is away, keeps what is there, and asks again', async () => {
    vi.useFakeTimers();
    const ledger = ledgerOf(1_000);
    const { feed, close } = open(ledger, 100);
    await vi.advanceTimersByTimeAsync(1);
    const { count } = feed.state().list;
    ledger.fail = true;
    feed.look({ first: count - 30, last: count - 1 });
    await vi.advanceTimersByTimeAsync(1);
    expect(feed.state()).toMatchObject({ error: new Error('away'), list: { count } });
    ledger.fail = false;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(feed.state().error).toBeNull();
    expect(feed.state().list.count).toBeGreaterThan(count);
    close();
    vi.useRealTimers();
  });
});
