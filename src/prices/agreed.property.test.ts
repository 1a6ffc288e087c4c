import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  decidedPrices,
  judgeEdit,
  openPriceBook,
  rateChanges,
  repriceUses,
  withOverrides,
} from './prices.ts';
import type { Cost, PriceBookData, PricedBucket, PriceDecision, PriceOverride, Use } from './prices.ts';

const LIST: PriceBookData = {
  version: 'x',
  providers: [
    {
      id: 'acme',
      name: 'Acme',
      apiPattern: 'acme',
      models: [
        {
          id: 'm1',
          match: { equals: 'm1' },
          rows: [
            {
              rates: {
                freshIn: { base: '2', tiers: [{ above: 200_000, rate: '4' }] },
                cacheRead: '0.2',
                textOut: '10',
              },
            },
            { from: '2026-06-01', rates: { freshIn: '1.5', cacheRead: '0.15', textOut: '8' } },
          ],
        },
        { id: 'm2', match: { equals: 'm2' }, rows: [{ rates: { freshIn: '3', textOut: '15' } }] },
      ],
    },
  ],
};
const AT = Date.UTC(2026, 6, 1);
const USAGE = { freshIn: 1_000_000, textOut: 1_000_000 };

function cost(
  overrides: readonly PriceOverride[],
  target: { team?: string; account?: string; model?: string } = {},
): string {
  const { model = 'm1', ...rest } = target;
  const priced = openPriceBook(withOverrides(LIST, overrides)).price({
    provider: 'acme',
    model,
    usage: USAGE,
    atMs: AT,
    serviceTier: '',
    geo: '',
    ...rest,
  });
  return priced.kind === 'priced' ? String(Number(priced.total) / 1e12) : 'unpriced';
}

const bucketsOf = (priced: Cost): readonly PricedBucket[] => (priced.kind === 'priced' ? priced.buckets : []);
const FOR = { provider: 'acme', model: 'm1' } as const;
const PERCENT: PriceOverride = { provider: 'acme', model: '*', multiplier: '0.5' };
const MODEL: PriceOverride = { ...FOR, rates: { freshIn: '1', textOut: '5' } };
const TEAM: PriceOverride = { ...FOR, team: 'CX', rates: { freshIn: '0.9', textOut: '4' } };
const ACCOUNT: PriceOverride = { ...FOR, account: 'prod', rates: { freshIn: '0.8', textOut: '3' } };
const BOTH: PriceOverride = { ...FOR, team: 'CX', account: 'prod', rates: { freshIn: '0.7', textOut: '2' } };
const TEAM_OFF: PriceOverride = { provider: '*', model: '*', team: 'CX', multiplier: '0.25' };
const PUBLIC: PriceOverride = { ...FOR, kind: 'list', rates: { freshIn: '2', textOut: '12' } };

describe('precedence', () => {
  test.each<[string, readonly PriceOverride[], { team?: string; account?: string; model?: string }, string]>([
    ['list where nothing is agreed', [], {}, '9.5'],
    ['per cent off before list', [PERCENT], {}, '4.75'],
    ['an agreed price before per cent off, and no discount comes off it', [PERCENT, MODEL], {}, '6'],
    ['the price of the team before that of everybody', [PERCENT, MODEL, TEAM], { team: 'CX' }, '4.9'],
    ['another team is everybody', [PERCENT, MODEL, TEAM], { team: 'Legal' }, '6'],
    [
      'the price of the account before that of the team',
      [MODEL, TEAM, ACCOUNT],
      { team: 'CX', account: 'prod' },
      '3.8',
    ],
    ['both named before either', [TEAM, ACCOUNT, BOTH], { team: 'CX', account: 'prod' }, '2.7'],
    ['the discount of the team before that of everybody', [PERCENT, TEAM_OFF], { team: 'cx' }, '2.375'],
    ['an agreed price before even the discount of the team', [MODEL, TEAM_OFF], { team: 'CX' }, '6'],
    ['a public price stands in for list, and discounts come off it', [PUBLIC, PERCENT], {}, '7'],
    ['another model keeps its discount', [PERCENT, MODEL], { model: 'm2' }, '9'],
  ])('%s', (_, overrides, target, total) => {
    expect(cost(overrides, target)).toBe(total);
  });

  const ALL = [PERCENT, MODEL, TEAM, ACCOUNT, BOTH, TEAM_OFF, PUBLIC];
  test('order of entry never matters, neither for the price nor for the version', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(ALL),
        fc.constantFrom('', 'CX', 'Legal'),
        fc.constantFrom('', 'prod', 'dev'),
        (some, team, account) => {
          const sorted = ALL.filter((one) => some.includes(one));
          expect(cost(some, { team, account })).toBe(cost(sorted, { team, account }));
          expect(withOverrides(LIST, some).version).toBe(withOverrides(LIST, sorted).version);
        },
      ),
    );
  });

  test('what a team has agreed changes nothing for those whom it does not name', () => {
    fc.assert(
      fc.property(
        fc.subarray([TEAM, ACCOUNT, BOTH, TEAM_OFF]),
        fc.subarray([PERCENT, MODEL, PUBLIC]),
        (theirs, all) => {
          expect(cost([...all, ...theirs], { team: 'Legal', account: 'dev' })).toBe(cost(all));
        },
      ),
    );
  });

  test('the list rate stands beside a rate that differs, and only there', () => {
    const book = openPriceBook(withOverrides(LIST, [{ ...FOR, team: 'CX', rates: { freshIn: '1' } }]));
    const ask = { ...FOR, usage: USAGE, atMs: AT, serviceTier: '', geo: '' };
    const [input, output] = bucketsOf(book.price({ ...ask, team: 'CX' }));
    expect(input).toMatchObject({ rate: 1_000_000_000_000n, listRate: 1_500_000_000_000n });
    expect(output).not.toHaveProperty('listRate');
    for (const bucket of bucketsOf(book.price(ask))) expect(bucket).not.toHaveProperty('listRate');
  });
});

describe('decisions', () => {
  const set = (id: string, price: PriceOverride, supersedes = ''): PriceDecision => ({
    id,
    at: '',
    actor: 'ada',
    reason: 'r',
    origin: 'set',
    confirmed: [],
    action: 'set',
    price,
    supersedes,
  });
  test('one that supersedes another ends it where it begins; a withdrawal ends it; order does not matter', () => {
    const all: PriceDecision[] = [
      set('a', { ...MODEL, from: '2026-01-01' }),
      set('b', { ...MODEL, from: '2026-07-01' }, 'a'),
      {
        id: 'c',
        at: '',
        actor: 'ada',
        reason: 'r',
        origin: 'set',
        confirmed: [],
        action: 'withdraw',
        withdraws: 'b',
        from: '2026-09-01',
      },
      set('d', { ...MODEL, from: '2026-10-01' }),
      {
        id: 'e',
        at: '',
        actor: 'ada',
        reason: 'r',
        origin: 'set',
        confirmed: [],
        action: 'withdraw',
        withdraws: 'd',
        from: '2026-09-01',
      },
    ];
    const spans = decidedPrices(all).map(({ decision, from, until }) => [decision, from, until]);
    expect(spans).toEqual([
      ['a', '2026-01-01', '2026-07-01T00:00:00.000Z'],
      ['b', '2026-07-01', '2026-09-01T00:00:00.000Z'],
    ]);
    expect(
      decidedPrices(all.toReversed())
        .toReversed()
        .map(({ decision }) => decision),
    ).toEqual(['a', 'b']);
  });
});

describe('plausibility', () => {
  const judge = (edit: Partial<PriceOverride>, locked: string[] = []): string[] =>
    judgeEdit({ edit: { ...FOR, from: '2026-07-01', ...edit }, before: LIST, locked, nowMs: AT }).map(
      ({ kind, code }) => `${kind} ${code}`,
    );
  test.each<[string, Partial<PriceOverride>, string[]]>([
    ['a usual price', { rates: { freshIn: '1.2', textOut: '6' } }, []],
    ['eleven times dearer', { rates: { textOut: '88.1' } }, ['suspicious factor']],
    ['ten times is the bound and passes', { rates: { textOut: '80' } }, []],
    [
      'a price per thousand',
      { rates: { freshIn: '0.0015', textOut: '0.008', cacheRead: '0.00015' } },
      Array(3).fill('suspicious per-thousand'),
    ],
    ['free', { rates: { textOut: '0' } }, ['suspicious free', 'suspicious output-below-input']],
    [
      'reading dearer than input',
      { rates: { cacheRead: '1.6' } },
      ['suspicious factor', 'suspicious read-above-input', 'suspicious write-below-read'],
    ],
    [
      'output a tenth of input',
      { rates: { freshIn: '14', textOut: '1.2' } },
      ['suspicious output-below-input'],
    ],
    ['negative', { rates: { freshIn: '-1' } }, ['impossible invalid']],
    ['finer than a picodollar', { rates: { freshIn: '1.0000000000001' } }, ['impossible invalid']],
    ['a price per token', { rates: { freshIn: '0.0000015' } }, ['impossible invalid']],
    ['99 per cent off', { multiplier: '0.01' }, Array(3).fill('suspicious factor')],
  ])('%s', (_, edit, findings) => {
    expect([...new Set(judge(edit))].toSorted()).toEqual([...new Set(findings)].toSorted());
  });
  test('a closed month does not move', () => {
    expect(judge({ rates: { freshIn: '1.2' } }, ['2026-06', '2026-07'])).toEqual(['impossible closed-month']);
    expect(judge({ rates: { freshIn: '1.2' }, from: '2026-08-01' }, ['2026-06', '2026-07'])).toEqual([]);
  });
});

describe('changes between books', () => {
  test('per bucket and size, old, new, per cent, and from when', () => {
    const after = withOverrides(LIST, [{ ...FOR, from: '2026-09-01', team: 'CX', rates: { textOut: '6' } }]);
    const changes = rateChanges(LIST, after, AT).filter(({ follows }) => follows === null);
    expect(changes).toMatchObject([
      {
        bucket: 'textOut',
        before: '8',
        after: '6',
        percent: '-25',
        from: '2026-09-01T00:00:00.000Z',
        scope: { team: 'CX' },
      },
    ]);
    expect(rateChanges(LIST, LIST, AT)).toEqual([]);
  });
});

describe('re-pricing', () => {
  const book = openPriceBook(LIST);
  const line = fc.record({
    model: fc.constantFrom('m1', 'm2'),
    atMs: fc.integer({ min: Date.UTC(2026, 4, 30), max: Date.UTC(2026, 5, 3) }),
    freshIn: fc.integer({ min: 1, max: 400_000 }),
    textOut: fc.integer({ min: 0, max: 20_000 }),
    team: fc.constantFrom('', 'CX'),
  });
  type Line = typeof line extends fc.Arbitrary<infer T> ? T : never;
  const DAY = 86_400_000;

  /** Sums as the ledger gives them: alike in day, model, size band, bucket, rate and team. */
  function usesOf(lines: readonly Line[], booked: typeof book): Use[] {
    const uses = new Map<string, Use>();
    for (const { model, atMs, team, freshIn, textOut } of lines) {
      const priced = booked.price({
        provider: 'acme',
        model,
        usage: { freshIn, textOut },
        atMs,
        serviceTier: '',
        geo: '',
        team,
      });
      if (priced.kind === 'unpriced') throw new Error('unpriced');
      const fromMs = Math.floor(atMs / DAY) * DAY;
      const large = freshIn > 200_000;
      for (const { bucket, units, rate, cost: amount } of priced.buckets) {
        const key = [model, fromMs, team, large, bucket, rate].join();
        const known = uses.get(key);
        uses.set(key, {
          provider: 'acme',
          model,
          serviceTier: '',
          geo: '',
          bucket,
          rate,
          fromMs,
          toMs: fromMs + DAY,
          team,
          account: '',
          region: '',
          units: (known?.units ?? 0) + units,
          cost: (known?.cost ?? 0n) + amount,
          leastInput: large ? 200_001 : 0,
          mostInput: large ? 10_000_000 : 200_000,
          lines: [model, fromMs, team, large].join(),
        });
      }
    }
    return [...uses.values()];
  }
  const booked = { book, speeds: [] };

  test('by the same book it differs by nothing', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const uses = usesOf(lines, book);
        for (const { use, after, inexact } of repriceUses(uses, { book, mapping: [], booked })) {
          expect(after).toBe(use.cost);
          expect(inexact).toBe('');
        }
      }),
    );
  });

  test('by another book it is what pricing every line afresh gives', () => {
    const other = openPriceBook(
      withOverrides(LIST, [TEAM, { provider: 'acme', model: 'm2', multiplier: '0.85', from: '2026-06-01' }]),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const repriced = repriceUses(usesOf(lines, book), { book: other, mapping: [], booked });
        const sum = repriced.reduce((total, { after }) => total + (after ?? 0n), 0n);
        const afresh = usesOf(lines, other).reduce((total, { cost: amount }) => total + amount, 0n);
        expect(sum).toBe(afresh);
        expect(repriced.every(({ inexact }) => inexact === '')).toBe(true);
      }),
    );
  });

  test('where a threshold lies inside a band it says so, with the range', () => {
    const [use] = usesOf(
      [{ model: 'm2', atMs: Date.UTC(2026, 4, 30), freshIn: 150_000, textOut: 0, team: '' }],
      book,
    );
    const straddling = { ...(use as Use), leastInput: 128_001, mostInput: 256_000 };
    const mapping = [{ from: { provider: 'acme', model: 'm2' }, to: { provider: 'acme', model: 'm1' } }];
    expect(repriceUses([straddling], { book, mapping, booked })).toMatchObject([
      { inexact: 'size', least: 300_000_000_000n, most: 600_000_000_000n },
    ]);
  });

  test('a model without a price is unpriced, never nothing', () => {
    const [use] = usesOf([{ model: 'm2', atMs: AT, freshIn: 10, textOut: 0, team: '' }], book);
    const mapping = [{ from: { provider: 'acme', model: 'm2' }, to: { provider: 'acme', model: 'nobody' } }];
    expect(repriceUses([use as Use], { book, mapping, booked })[0]?.after).toBeUndefined();
  });
});
