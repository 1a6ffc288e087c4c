import { describe, expect, it } from 'vitest';

import { registryEngines } from '../../test/fakes/engines.ts';
import type { Engine } from '../../test/fakes/engines.ts';
import { seedPriceBook, withOverrides } from '../prices/prices.ts';
import type { NewDecision } from './registry.ts';

const PRICE = { provider: 'openai', model: 'gpt-4o', rates: { freshIn: '2' }, from: '2026-12-01' };
const SET: NewDecision = {
  action: 'set',
  price: PRICE,
  supersedes: '',
  reason: 'contract',
  origin: 'set',
  confirmed: [],
};

const ENGINES = registryEngines();

async function open(engine: Engine, context: Parameters<Engine['database']>[0]) {
  const database = await engine.database(context);
  return { database, registry: await database.open(() => Date.UTC(2026, 10, 1)) };
}

describe.each(ENGINES)('price decisions on $name', (engine) => {
  it('are rows with an audit line each; a withdrawal is a row', async (context) => {
    const { registry } = await open(engine, context);
    const [made] = await registry.prices.decide([SET], 'ada');
    const id = made?.id ?? '';
    await registry.prices.decide(
      [
        {
          action: 'withdraw',
          withdraws: id,
          from: '2027-01-01',
          reason: 'ended',
          origin: 'set',
          confirmed: [],
        },
      ],
      'grace',
    );
    expect(await registry.prices.list()).toMatchObject([
      { id, action: 'set', actor: 'ada', price: PRICE },
      { action: 'withdraw', withdraws: id, actor: 'grace' },
    ]);
    const audit = await registry.audit({ afterSeq: 0, limit: 10 });
    expect(audit.map(({ actor, action }) => [actor, action])).toEqual([
      ['ada', 'price.set'],
      ['grace', 'price.withdraw'],
    ]);
    expect(await registry.verifyAudit()).toMatchObject({ kind: 'intact', entries: 2 });
    await registry.close();
  });

  it('are taken all or none', async (context) => {
    const { registry } = await open(engine, context);
    await expect(registry.prices.decide([SET, { ...SET, supersedes: 'p_nowhere' }], 'ada')).rejects.toThrow(
      /p_nowhere/,
    );
    expect(await registry.prices.list()).toEqual([]);
    expect(await registry.verifyAudit()).toMatchObject({ entries: 0 });
    const [made] = await registry.prices.decide([SET], 'ada');
    const next: NewDecision = { ...SET, supersedes: made?.id ?? '' };
    await registry.prices.decide([next], 'ada');
    await expect(registry.prices.decide([next], 'ada')).rejects.toThrow(/ended by/);
    await registry.close();
  });

  it.for([
    ['an edited price', `update price_decisions set price = replace(price, '"2"', '"1"')`],
    ['a removed decision', 'delete from price_decisions'],
    ['another actor', `update price_decisions set actor = 'mallory'`],
  ])('%s behind the chain is found', async ([, sql = ''], context) => {
    const { registry, database } = await open(engine, context);
    await registry.prices.decide([SET], 'ada');
    expect(await database.execute(sql)).toBe(1);
    expect(await registry.verifyAudit()).toMatchObject({ kind: 'broken' });
    await registry.close();
  });
});

describe.each(ENGINES)('kept books on $name', (engine) => {
  it('open by their version as they were, and share what they have in common', async (context) => {
    const { registry, database } = await open(engine, context);
    const seed = await seedPriceBook();
    expect(await registry.prices.books(10)).toEqual([]);
    const books = [
      seed,
      ...['1', '2', '3'].map((rate) => withOverrides(seed, [{ ...PRICE, rates: { freshIn: rate } }])),
    ];
    for (const book of [...books, ...books]) await registry.prices.keepBook(book);
    for (const book of books) expect(await registry.prices.book(book.version)).toEqual(book);
    expect(await registry.prices.book('nowhere')).toBeUndefined();
    expect((await registry.prices.books(10)).map(({ source }) => source?.license)).toEqual(
      Array(4).fill('MIT'),
    );
    expect(await database.query('select hash from price_seeds')).toHaveLength(1);
    await expect(registry.prices.keepBook({ ...seed, overrides: [PRICE] })).rejects.toThrow(/other prices/);
    await registry.close();
  });
});
