/** Invoices and reconciliations by status, over a fake ledger and a real registry. */
import { beforeEach, describe, expect, test } from 'vitest';

import { STATEMENT_KINDS } from '../inform/invoices/invoices.ts';
import { fakeApi } from '../../test/fakes/api.ts';
import type { FakeApi } from '../../test/fakes/api.ts';
import { fakeLedger } from '../../test/fakes/ledger.ts';
import { COSTS, costsAnswer } from '../../test/fakes/openai-costs.ts';
import { fileRows } from '../../test/file-rows.ts';
import { Reconciliation, StatementKindName } from './contract/invoices.ts';

const HOST = 'http://127.0.0.1:4001/api/v1';

/** The fields of an answer that these tests read by name; the rest they match whole. */
interface Json {
  readonly id?: string;
  readonly invoices?: readonly unknown[];
  readonly reconciliations?: readonly unknown[];
  readonly corrections?: unknown;
  readonly providers?: ReadonlyArray<{ readonly invoice: string }>;
}

let fake: FakeApi;
beforeEach(async () => {
  fake = await fakeApi({ ledger: fakeLedger({ answer: costsAnswer }) });
});

async function send(method: string, path: string, body?: string, type = 'application/json') {
  const response = await fake.api.fetch(
    new Request(`${HOST}${path}`, {
      method,
      ...(body !== undefined && { body, headers: { 'content-type': type } }),
    }),
  );
  return { status: response.status, json: (await response.json()) as Json };
}
const post = (path: string, body: unknown) => send('POST', path, JSON.stringify(body));
const load = (query = '?from=openai-costs&file=costs.json', body = COSTS, type?: string) =>
  send('POST', `/invoices${query}`, body, type);

describe('POST /invoices', () => {
  test('201, then 200 for the same file', async () => {
    const first = await load();
    expect(first).toMatchObject({ status: 201, json: { lines: 1, firstDay: '2026-03-05', repeated: false } });
    expect(await load()).toMatchObject({
      status: 200,
      json: { id: first.json.id, repeated: true },
    });
    expect((await send('GET', '/invoices')).json.invoices).toHaveLength(1);
    expect(await send('GET', `/invoices/${first.json.id}`)).toMatchObject({
      status: 200,
      json: { statement: [{ units: '1000000', cost: '3', bucket: 'input' }] },
    });
  });
  test('400 names the rows, and nothing is imported', async () => {
    expect(await load('?from=csv&mapping=nojson', 'a,b\n1,2', 'text/csv')).toMatchObject({ status: 400 });
    expect(await load('?from=openai-costs&month=2026-04')).toMatchObject({
      status: 400,
      json: { errors: [{ path: 'row 1' }] },
    });
    expect((await send('GET', '/invoices')).json.invoices).toEqual([]);
  });
  test('409 for another file of the same days, unless it is said what it is', async () => {
    await load();
    const other = COSTS.replace('"value":3', '"value":4');
    expect(await load(undefined, other)).toMatchObject({ status: 409 });
    expect(await load('?from=openai-costs&overlap=replace', other)).toMatchObject({ status: 201 });
    const made = await post('/reconciliations', { month: '2026-03' });
    expect(made.json.providers?.[0]?.invoice).toBe('4');
  });
  test('404 and 415', async () => {
    expect((await send('GET', '/invoices/nothing')).status).toBe(404);
    expect((await load(undefined, COSTS, 'text/plain')).status).toBe(415);
  });
});

describe('/reconciliations', () => {
  test('201: the waterfall, its corrections, applied exactly once', async () => {
    await load();
    const made = await post('/reconciliations', { month: '2026-03' });
    expect(made).toMatchObject({
      status: 201,
      json: {
        providers: [
          {
            provider: 'openai',
            ledger: '2.5',
            causes: [{ cause: 'price-drift', amount: '0.5' }],
            invoice: '3',
          },
        ],
        corrections: { count: 1, sum: '0.5' },
      },
    });
    const id = made.json.id;
    expect((await send('GET', `/reconciliations/${id}/corrections`)).json.corrections).toMatchObject([
      { workflow: 'support', cause: 'price-drift', amount: '0.5' },
    ]);
    expect(await post(`/reconciliations/${id}/apply`, {})).toMatchObject({
      status: 200,
      json: { lines: 1, repeated: false },
    });
    expect(await post(`/reconciliations/${id}/apply`, {})).toMatchObject({
      status: 200,
      json: { repeated: true },
    });
    expect((await send('GET', '/reconciliations')).json.reconciliations).toMatchObject([{ id, lines: 1 }]);
  });
  test('200 as a file: the keys that are shown, the others as one, and the total, digit for digit', async () => {
    await load();
    const { id = '' } = (await post('/reconciliations', { month: '2026-03' })).json;
    const path = `/reconciliations/${id}`;
    const { providers } = Reconciliation.parse((await send('GET', path)).json);
    const [key] = providers[0]?.keys ?? [];
    const file = async (words: string) => {
      const response = await fake.api.fetch(new Request(`${HOST}${path}?${words}`));
      expect(response.status).toBe(200);
      return { response, rows: await fileRows(new Uint8Array(await response.arrayBuffer())) };
    };
    const figures = {
      ledgerUnits: key?.ledgerUnits,
      ledgerCost: '2.5',
      invoiceUnits: key?.invoiceUnits,
      invoiceCost: '3',
      residual: '0.5',
      keys: '1',
    };
    const all = await file('format=csv');
    expect(all.response.headers.get('content-disposition')).toBe(`attachment; filename="${id}-keys.csv"`);
    expect(all.rows).toMatchObject([
      {
        row: 'group',
        provider: 'openai',
        day: '2026-03-05',
        account: 'a',
        model: 'gpt-4o',
        state: key?.state,
        causes: 'price-drift',
        claims: JSON.stringify(key?.claims),
        statementRows: JSON.stringify(key?.rows),
        ...figures,
      },
      { row: 'total', state: null, ...figures, periodFrom: '2026-03-01T00:00:00.000Z', timeZone: 'UTC' },
    ]);
    expect((await file('format=parquet&show=price-drift')).rows).toEqual(
      (await file('format=csv&show=price-drift')).rows,
    );
    expect((await file('format=csv&show=unexplained')).rows).toMatchObject([
      { row: 'other', ...figures },
      { row: 'total', ...figures },
    ]);
    expect((await send('GET', `${path}?format=xlsx`)).status).toBe(400);
    expect((await send('GET', '/reconciliations/none?format=csv')).status).toBe(404);
  });
  test('409: another one was applied since', async () => {
    await load();
    const [first, second] = [
      await post('/reconciliations', { month: '2026-03' }),
      await post('/reconciliations', { month: '2026-03', provider: 'openai' }),
    ];
    expect((await post(`/reconciliations/${first.json.id}/apply`, {})).status).toBe(200);
    expect((await post(`/reconciliations/${second.json.id}/apply`, {})).status).toBe(409);
  });
  test('400 without a statement, 404 without such a one', async () => {
    expect(await post('/reconciliations', { month: '2026-03' })).toMatchObject({ status: 400 });
    expect(await post('/reconciliations', { month: '2026-13' })).toMatchObject({ status: 400 });
    expect((await post('/reconciliations/rec-x/apply', {})).status).toBe(404);
    expect((await send('GET', '/reconciliations/rec-x')).status).toBe(404);
  });
});

test('the contract names every kind of statement', () => {
  expect([...StatementKindName.options].toSorted()).toEqual([...STATEMENT_KINDS].toSorted());
});

test('every decision has its audit line', async () => {
  const { openRegistry } = await import('../registry/registry.ts');
  const registry = await openRegistry({
    file: ':memory:',
    nowMs: () => 0,
    randomBytes: (count) => new Uint8Array(count),
  });
  fake = await fakeApi({ ledger: fakeLedger({ answer: costsAnswer }), registry });
  await load();
  const made = await post('/reconciliations', { month: '2026-03' });
  await post(`/reconciliations/${made.json.id}/apply`, {});
  expect((await registry.audit({ afterSeq: 0, limit: 10 })).map(({ action }) => action)).toEqual([
    'invoice.import',
    'reconciliation.make',
    'reconciliation.apply',
    'reconciliation.applied',
  ]);
  expect((await registry.verifyAudit()).kind).toBe('intact');
});
