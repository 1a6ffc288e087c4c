import { describe, expect, it } from 'vitest';

import { askApi, fakeApi, NOW_MS } from '../../test/fakes/api.ts';
import { EMPTY_ANSWER, fakeLedger } from '../../test/fakes/ledger.ts';
import type { Answer, LockedMonth, Question } from '../ledger/question.ts';
import { Annotations } from './contract/annotations.ts';

const locked = [{ month: '2026-02', lockedAtMs: NOW_MS - 1_000 } as LockedMonth];

async function opened(ledger = fakeLedger({ locked })) {
  const fake = await fakeApi({ ledger });
  const request = (path: string, body?: unknown) => askApi(fake, path, { body });
  const ask = async (path: string) => Annotations.parse(await (await request(path)).json());
  return { request, ask, ledger };
}

const BUDGET = {
  name: 'CX',
  scope: { kind: 'team', value: 'CX' },
  amount: '500',
  window: { kind: 'calendar', unit: 'month' },
  reason: 'a test',
};

describe('GET /api/v1/annotations', () => {
  it('200 tells a budget and a closed month, asks the ledger for no line, and is narrowed by team', async () => {
    const { request, ask, ledger } = await opened();
    expect((await request('/budgets', BUDGET)).status).toBe(201);
    const found = await ask('/annotations?during=all');
    expect(found.annotations.map(({ kind, text, link }) => [kind, text, link])).toEqual([
      [
        'close',
        '2026-02 was closed: later corrections are booked in the month in which they are found',
        '/invoices',
      ],
      ['budget', 'Budget CX set to $500.00', '/budgets'],
    ]);
    expect(found.closedMonths).toEqual(['2026-02']);
    // Only where a budget was in force, and only what its scope spent.
    expect(ledger.asked.map(({ where, by }) => [where, by])).toEqual([
      [[{ dimension: 'team', is: ['CX'] }], ['team', 'hour']],
    ]);
    expect(found.crossingsUntold).toEqual([]);
    const others = await ask('/annotations?during=all&where=team%3DSearch');
    expect(others.annotations.map(({ kind }) => kind)).toEqual(['close']);
  });

  it('200 tells when a budget that stood was used up, and with which amount it stood', async () => {
    const spent = (question: Question): Answer => ({
      ...EMPTY_ANSWER,
      rows: question.by.includes('hour')
        ? [{ group: ['CX', new Date(NOW_MS).toISOString()], figures: { cost: '512.5' } }]
        : [],
    });
    const { request, ask } = await opened(fakeLedger({ locked, answer: spent }));
    await request('/budgets', BUDGET);
    const texts = (await ask('/annotations?during=all')).annotations.map(({ text }) => text);
    expect(texts).toContain('Budget CX used up: $512.50 of $500.00');
    const link = (await ask('/annotations?during=all')).annotations.at(-1)?.link;
    expect(link).toBe('/budgets?show=cx');
  });

  it('200 names the closed months that the period touches and no other', async () => {
    const { ask } = await opened();
    expect((await ask('/annotations?during=2026-02')).closedMonths).toEqual(['2026-02']);
    expect((await ask('/annotations?during=2026-01')).closedMonths).toEqual([]);
  });

  it('200 tells what was decided also while the ledger is away, and that months are not known', async () => {
    const ledger = {
      ...fakeLedger(),
      lockedMonths: () => Promise.reject(new Error('gone')),
      ask: () => Promise.reject(new Error('gone')),
    };
    const { request, ask } = await opened(ledger);
    await request('/budgets', BUDGET);
    const found = await ask('/annotations?during=all');
    expect(found.closedMonths).toBeNull();
    expect(found.crossingsUntold).toBeNull();
    expect(found.annotations).toHaveLength(1);
  });

  it.each(['during=sometime', 'where=x', 'timeZone=Mars', 'by=team'])('400 %s', async (query) => {
    const { request } = await opened();
    expect((await request(`/annotations?${query}`)).status).toBe(400);
  });
});
