/** Every question behind a page, as JSON and as files: the same rows, and rows + other = total in the file itself. */
import { describe, expect, it } from 'vitest';

import { askApi, fakeApi } from '../../../test/fakes/api.ts';
import { EMPTY_ANSWER, fakeLedger, LINE, PAPER_ANSWER } from '../../../test/fakes/ledger.ts';
import type { FakeLedger } from '../../../test/fakes/ledger.ts';
import { fileRows } from '../../../test/file-rows.ts';
import type { FileRow } from '../../../test/file-rows.ts';
import type { Answer, Question } from '../../ledger/question.ts';
import { formatDollars, parseDollars } from '../../units/money.ts';
import type { ChangesAnswer } from '../contract/anomalies.ts';
import type { Amount, MissingAnswer } from '../contract/attribution.ts';
import type { CompositionAnswer } from '../contract/composition.ts';
import type { LedgerAnswer, Problem } from '../contract.ts';
import type { WhatIfAnswer } from '../contract/prices.ts';

async function fetchOf(path: string, ledger: FakeLedger, headers: Readonly<Record<string, string>> = {}) {
  return askApi(await fakeApi({ ledger }), path, { headers });
}

async function jsonOf<Body>(path: string, ledger: FakeLedger): Promise<Body> {
  const response = await fetchOf(path, ledger);
  expect(response.status).toBe(200);
  return (await response.json()) as Body;
}

/** The rows of the file; CSV and Parquet must hold the same, and CSV no formula. */
async function rowsOf(path: string, ledger: FakeLedger): Promise<readonly FileRow[]> {
  const [csv, parquet] = await Promise.all(
    ['csv', 'parquet'].map(async (format) => {
      const response = await fetchOf(`${path}${path.includes('?') ? '&' : '?'}format=${format}`, ledger);
      return new Uint8Array(await response.arrayBuffer());
    }),
  );
  const rows = await fileRows(csv!);
  const asText = (value: string | null): string | null => value?.replace(/^'(?=[=+\-@])/, '') ?? null;
  const named = (row: FileRow): FileRow =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, asText(value)]));
  expect(await fileRows(parquet!)).toEqual(rows.map(named));
  return rows;
}

function addsUp(rows: readonly FileRow[], columns: readonly string[]): void {
  const sum = (mark: (row: string) => boolean, column: string): bigint =>
    rows
      .filter(({ row }) => mark(row ?? ''))
      .reduce((all, one) => all + parseDollars(one[column] ?? '0'), 0n);
  for (const column of columns)
    expect(
      sum((row) => row !== 'total', column),
      column,
    ).toBe(sum((row) => row === 'total', column));
}

const marks = (rows: readonly FileRow[]): Array<string | null | undefined> => rows.map(({ row }) => row);

describe('GET /api/v1/ledger as a file', () => {
  const path = '/ledger?of=calls,cost,share&by=workflow,team&during=2026-03&limit=5&timeZone=Europe/Zurich';

  it('has groups, the rest and the total, each marked, and what they rest on in every row', async () => {
    const answer = { ...PAPER_ANSWER, timeZone: 'Europe/Zurich' };
    const rows = await rowsOf(path, fakeLedger({ answer: () => answer }));
    expect(marks(rows)).toEqual([...Array.from({ length: 5 }, () => 'group'), 'other', 'total']);
    addsUp(rows, ['cost', 'calls']);
    expect(rows[0]).toMatchObject({
      workflow: 'Support copilot',
      team: 'CX',
      cost: '41800.4',
      calls: '1240000',
    });
    for (const row of rows)
      expect(row).toMatchObject({
        periodFrom: '2026-02-28T23:00:00.000Z',
        periodTo: '2026-03-31T22:00:00.000Z',
        timeZone: 'Europe/Zurich',
        simulatedCallsAre: 'exclude',
        currency: 'USD',
        figureBasis: 'measured',
        priceVersions: '2026-03-01+abcd1234',
        asOf: '2026-03-31T00:00:00.000Z',
        completeUntil: '2026-03-30T23:59:59.000Z',
        question:
          '/api/v1/ledger?by=workflow%2Cteam&during=2026-03&limit=5&of=calls%2Ccost%2Cshare&timeZone=Europe%2FZurich',
      });
  });

  it('asks for what has no price beside what was named, and the total says what is left out', async () => {
    const ledger = fakeLedger({
      answer: () => ({
        ...EMPTY_ANSWER,
        rows: [{ group: ['', ''], figures: { calls: 2, cost: '0', unpricedCalls: 2, share: null } }],
        total: { calls: 2, cost: '0', unpricedCalls: 2, share: null },
        unpricedCalls: 2,
        unattributedCalls: 2,
        unattributedCost: '0',
        simulatedCalls: 9,
      }),
    });
    const rows = await rowsOf(path, ledger);
    expect(ledger.asked[0]?.of).toEqual(['calls', 'cost', 'share', 'unpricedCalls']);
    expect(rows[0]).toMatchObject({
      row: 'group',
      workflow: null,
      unpricedCalls: '2',
      share: null,
      unattributedCalls: null,
    });
    expect(rows[1]).toMatchObject({
      row: 'total',
      unattributedCalls: '2',
      unattributedCost: '0',
      simulatedCalls: '9',
    });
  });

  it('has what is compared beside each row, and what is gone in the rest', async () => {
    const now: Answer = {
      ...EMPTY_ANSWER,
      rows: [{ group: ['a'], figures: { cost: '3', calls: 3 } }],
      total: { cost: '3', calls: 3 },
    };
    const before: Answer = {
      ...EMPTY_ANSWER,
      rows: [
        { group: ['gone'], figures: { cost: '5', calls: 1 } },
        { group: ['a'], figures: { cost: '1', calls: 1 } },
      ],
      total: { cost: '6', calls: 2 },
    };
    const ledger = fakeLedger({
      answer: ({ during }) => (during.fromMs >= Date.UTC(2026, 2) ? now : before),
    });
    const rows = await rowsOf('/ledger?of=cost,calls&by=workflow&during=2026-03&compare=2026-02', ledger);
    expect(rows.map(({ row, cost, beforeCost }) => [row, cost, beforeCost])).toEqual([
      ['group', '3', '1'],
      ['other', null, '5'],
      ['total', '3', '6'],
    ]);
    addsUp(rows, ['cost', 'beforeCost', 'beforeCalls']);
    expect(rows[0]).toMatchObject({
      comparedFrom: '2026-02-01T00:00:00.000Z',
      comparedTo: '2026-03-01T00:00:00.000Z',
    });
  });

  it('comes by Accept too, and says how it is saved; JSON stays JSON', async () => {
    const types = {
      'text/csv': 'csv',
      'application/vnd.apache.parquet': 'parquet',
      'application/x-ndjson': 'ndjson',
    };
    for (const [type, format] of Object.entries(types)) {
      const response = await fetchOf('/ledger?during=2026-03', fakeLedger(), { accept: `${type}, */*` });
      expect(response.headers.get('content-type')).toContain(type);
      expect(response.headers.get('content-disposition')).toBe(
        `attachment; filename="ledger-2026-03.${format}"`,
      );
      expect(response.headers.get('x-setpoint-complete-until')).toBe('2026-03-30T23:59:59.000Z');
    }
    for (const accept of ['*/*', 'application/json, text/csv', 'text/html'])
      expect((await fetchOf('/ledger', fakeLedger(), { accept })).headers.get('content-type')).toContain(
        'json',
      );
    const said = await fetchOf('/ledger?format=json', fakeLedger(), { accept: 'text/csv' });
    expect(said.headers.get('content-type')).toContain('application/json');
  });

  it('400 for a format that there is not', async () => {
    const response = await fetchOf('/ledger?format=xlsx', fakeLedger());
    expect(response.status).toBe(400);
    expect(((await response.json()) as Problem).errors[0]?.path).toBe('format');
  });
});

describe('the unattributed as a row of its own', () => {
  const figures = (cost: string) => ({ cost, calls: 1 });
  function answer({ where, limit }: Question): Answer {
    const condition = where.find(({ dimension }) => dimension === 'workflow');
    const all = [
      { group: ['a'], figures: figures('5') },
      { group: ['b'], figures: figures('3') },
      { group: [''], figures: figures('1') },
    ].filter(({ group: [name = ''] }) =>
      condition === undefined ? true : condition.is === undefined ? name !== '' : name === '',
    );
    const sum = (rows: typeof all) => ({
      cost: formatDollars(rows.reduce((left, row) => left + parseDollars(row.figures.cost), 0n)),
      calls: rows.length,
    });
    const rest = all.slice(limit);
    return {
      ...EMPTY_ANSWER,
      rows: all.slice(0, limit),
      other: rest.length === 0 ? null : sum(rest),
      total: sum(all),
    };
  }
  const path = '/ledger?of=cost&by=workflow&limit=1';

  it('comes beyond the limit, and the rest is without it', async () => {
    const apart = await jsonOf<LedgerAnswer>(`${path}&unattributed=apart`, fakeLedger({ answer }));
    expect(apart.rows.map(({ group, figures: { cost } }) => [...group, cost])).toEqual([
      ['a', '5'],
      ['', '1'],
    ]);
    expect(apart.other).toEqual({ cost: '3' });
    expect(apart.total).toEqual({ cost: '9' });
    addsUp(await rowsOf(`${path}&unattributed=apart`, fakeLedger({ answer })), ['cost']);
  });

  it('is in the rest where nobody asks for it: the control', async () => {
    const { rows, other } = await jsonOf<LedgerAnswer>(path, fakeLedger({ answer }));
    expect([rows.length, other]).toEqual([1, { cost: '4', calls: 2 }]);
  });
});

describe('GET /api/v1/calls as a file', () => {
  const lines = Array.from({ length: 2_500 }, (_, at) => ({
    ...LINE,
    id: `gateway-1:${at}:call`,
    workflow: at === 0 ? '=1+1' : 'support',
    cost: at === 1 ? null : '0.000000000001',
    calls: 1,
  }));
  const total = { cost: '0.000000002499', calls: 2_500, lines: 2_500, inputTokens: 0, outputTokens: 0 };
  const summed = {
    ...total,
    inputTokens: 2_500 * LINE.inputTokens,
    outputTokens: 2_500 * LINE.outputTokens,
    unpricedCalls: 1,
  };
  const ledger = () =>
    fakeLedger({ lines, answer: () => ({ ...EMPTY_ANSWER, total: summed, unpricedCalls: 1 }) });

  it('has every line of the filter, over pages, and the ledger’s total', async () => {
    const rows = await rowsOf('/calls?during=2026-03', ledger());
    expect(marks(rows).filter((mark) => mark === 'line')).toHaveLength(2_500);
    expect(marks(rows).slice(-2)).toEqual(['line', 'total']);
    addsUp(rows, ['cost', 'calls', 'inputTokens', 'outputTokens']);
    expect(rows[0]?.['workflow']).toBe("'=1+1"); // runs as no formula
    expect(rows[1]?.['cost']).toBe(null);
  });

  it('says what the limit cut off', async () => {
    const rows = await rowsOf('/calls?during=2026-03&limit=1200', ledger());
    expect(marks(rows).slice(-3)).toEqual(['line', 'other', 'total']);
    expect(rows.at(-2)).toMatchObject({ lines: '1300', calls: '1300', cost: '0.0000000013' });
    addsUp(rows, ['cost', 'calls']);
  });

  it('400 for a page as large as a file, and for a file that begins in the middle', async () => {
    expect((await fetchOf('/calls?limit=1001', ledger())).status).toBe(400);
    expect((await fetchOf('/calls?format=csv&cursor=1', ledger())).status).toBe(400);
  });
});

/** Two models of two workflows in both periods, one workflow dearer now. */
function spent({ by, during }: Question): Answer {
  const isNow = during.fromMs >= Date.UTC(2026, 1);
  const rows = ['support', 'legal', 'sales'].map((workflow, at) => ({
    group: by.map((name) => (name === 'workflow' ? workflow : name === 'model' ? 'gpt-4o' : '')),
    figures: {
      cost: isNow ? `${at + 1}.5` : `${at + 1}`,
      inputCost: isNow ? `${at + 1}` : '0.5',
      outputCost: '0.5',
      feeCost: '0',
      calls: 10,
      unpricedCalls: 0,
      inputTokens: 1_000,
      outputTokens: 100,
      composition: { input: { system: 600, user: 400 }, output: { text: 100 } },
    },
  }));
  const sum = rows.reduce((left, { figures: { cost } }) => left + parseDollars(cost), 0n);
  return { ...EMPTY_ANSWER, rows, total: { cost: formatDollars(sum), calls: 30 } };
}

/** A hundred dollars, of which keys without a workflow spent ten. */
function unnamed({ by, where }: Question): Answer {
  const isMissing = where.some(({ dimension, is }) => dimension === 'workflow' && is?.includes(''));
  const all = [
    { key: 'k1', workflow: '', cost: '7' },
    { key: 'k2', workflow: '', cost: '2.000000000001' },
    { key: 'k3', workflow: '', cost: '0.999999999999' },
    { key: 'k4', workflow: 'support', cost: '90' },
  ].filter(({ workflow }) => !isMissing || workflow === '');
  const rows = all.map((one) => ({
    group: by.map((name) => (name === 'key' || name === 'workflow' ? one[name] : '')),
    figures: { cost: one.cost, calls: 3, unpricedCalls: 1 },
  }));
  const cost = formatDollars(all.reduce((sum, one) => sum + parseDollars(one.cost), 0n));
  return {
    ...EMPTY_ANSWER,
    rows: by.length === 0 ? [] : rows,
    total: { cost, calls: 3 * all.length, unpricedCalls: all.length },
  };
}

/** A million tokens of two teams at the price of the book. */
function used({ by }: Question): Answer {
  const said: Record<string, string> = {
    provider: 'openai',
    model: 'gpt-4o',
    bucket: 'freshIn',
    rate: '2.5',
    day: '2026-02-05',
    contextBand: '0-32k',
  };
  const rows = ['CX', 'Legal'].map((team) => ({
    group: by.map((name) => (name === 'team' ? team : (said[name] ?? ''))),
    figures: { units: 1_000_000, cost: '2.5', lines: 1, calls: 1 },
  }));
  return { ...EMPTY_ANSWER, rows };
}

async function whatIf(body: object, ledger: FakeLedger): Promise<WhatIfAnswer> {
  const { api } = await fakeApi({ ledger });
  const response = await api.request('http://127.0.0.1:4001/api/v1/prices/what-if', {
    method: 'POST',
    headers: { host: '127.0.0.1:4001', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as WhatIfAnswer;
}

function textsOf(amount: Amount | undefined): FileRow {
  return Object.fromEntries(Object.entries(amount ?? {}).map(([name, value]) => [name, String(value)]));
}

describe('the other pages as files', () => {
  it('changes: cells, what is not listed, and the total, driver by driver', async () => {
    const path = '/changes?after=2026-02&before=2026-01&limit=1';
    const rows = await rowsOf(path, fakeLedger({ answer: spent }));
    const answer = await jsonOf<ChangesAnswer>(path, fakeLedger({ answer: spent }));
    expect(marks(rows)).toEqual(['group', 'other', 'total']);
    addsUp(rows, ['before', 'after', 'change', 'calls', 'mix', 'context', 'tokenMix', 'rate', 'beside']);
    expect(rows[1]).toMatchObject({ change: answer.otherCells?.change, ...answer.otherCells?.effects });
    expect(rows[2]).toMatchObject({
      before: answer.before.cost,
      after: answer.after.cost,
      change: answer.change,
    });
  });

  it('composition: every part of every group, estimated', async () => {
    const path = '/composition?during=2026-02';
    const rows = await rowsOf(path, fakeLedger({ answer: spent }));
    const { total } = await jsonOf<CompositionAnswer>(path, fakeLedger({ answer: spent }));
    expect(marks(rows).at(-1)).toBe('total');
    addsUp(rows, ['cost', 'calls', ...Object.keys(total.parts)]);
    expect(rows.at(-1)).toMatchObject({ cost: total.cost, ...total.parts, figureBasis: 'estimated' });
  });

  it('anomalies: a finding a row; none is a file with its columns', async () => {
    expect(await rowsOf('/anomalies', fakeLedger({ answer: () => EMPTY_ANSWER }))).toEqual([]);
    const response = await fetchOf('/anomalies?format=csv', fakeLedger({ answer: () => EMPTY_ANSWER }));
    expect(await response.text()).toMatch(/^row,id,kind,from,to,workflow,what,actual,expected,/);
  });

  it('prices: a rate a row, with the version of the book', async () => {
    const rows = await rowsOf('/prices?model=gpt-4o&provider=openai', fakeLedger());
    expect(rows.length).toBeGreaterThan(2);
    expect(rows[0]).toMatchObject({ row: 'group', provider: 'openai', priceVersions: '2026-03-01+abcd1234' });
    expect(rows.map(({ bucket, dollarsPerMillion }) => [bucket, dollarsPerMillion])).toContainEqual([
      'cacheRead',
      '1.25',
    ]);
    const two = ['a', 'b'].map((model) => ({ provider: 'openai', model, rates: { freshIn: '2.5' } }));
    const fake = await fakeApi({ priceBook: () => ({ version: 'v', overrides: two }) });
    const cut = await askApi(fake, '/prices?limit=1&format=csv');
    expect(marks(await fileRows(new Uint8Array(await cut.arrayBuffer())))).toEqual(['group', 'other']);
  });

  it('coverage: a period a row, and the total', async () => {
    const rows = await rowsOf(
      '/attribution/coverage?during=2026-03',
      fakeLedger({ answer: () => PAPER_ANSWER }),
    );
    expect(marks(rows).at(-1)).toBe('total');
  });

  it('what is missing: a sign a row, the rest, and all that is missing', async () => {
    const path = '/attribution/missing?during=2026-03&limit=1';
    const rows = await rowsOf(path, fakeLedger({ answer: unnamed }));
    const answer = await jsonOf<MissingAnswer>(path, fakeLedger({ answer: unnamed }));
    expect(marks(rows)).toEqual(['group', 'other', 'total']);
    addsUp(rows, ['cost', 'calls', 'unpricedCalls']);
    const [part] = answer.parts;
    expect(rows[0]).toMatchObject({ sign: part?.sign, value: part?.value, ...textsOf(part?.amount) });
    expect(rows[1]).toMatchObject(textsOf(answer.other));
    expect(rows[2]).toMatchObject({ ...textsOf(answer.missing), share: String(answer.share), sign: null });
  });

  it('what if: a group a row, the total, and what the sums do not tell, as a body and an address ask it', async () => {
    const ledger = (): FakeLedger => fakeLedger({ answer: used });
    const path = '/prices/what-if?during=2026-02&by=team&map=openai/gpt-4o=openai/none&where=team!=x';
    const rows = await rowsOf(path, ledger());
    const mapping = [{ from: 'openai/gpt-4o', to: 'openai/none' }];
    const answer = await whatIf({ during: '2026-02', by: 'team', mapping, where: 'team!=x' }, ledger());
    expect(await jsonOf<WhatIfAnswer>(path, ledger())).toEqual(answer);
    expect(marks(rows)).toEqual([...answer.rows.map(() => 'group'), 'total']);
    addsUp(rows, ['before', 'after', 'difference']);
    const [first] = answer.rows;
    expect(rows[0]).toMatchObject({ team: first?.group[0], before: first?.before, after: first?.after });
    expect(rows.at(-1)).toMatchObject({
      ...answer.total,
      exact: String(answer.exact),
      unpriced: JSON.stringify(answer.unpriced),
      figureBasis: 'assumed',
    });
    expect(answer.unpriced).not.toEqual([]);
  });

  it('what if: a draft in an address, and 400 for what is none', async () => {
    const draft = { provider: 'openai', model: 'gpt-4o', rates: { freshIn: '5' } };
    const asked = `/prices/what-if?during=2026-02&draft=${encodeURIComponent(JSON.stringify(draft))}`;
    const [same, other] = [
      await whatIf({ during: '2026-02' }, fakeLedger({ answer: used })),
      await whatIf({ during: '2026-02', draft }, fakeLedger({ answer: used })),
    ];
    const rows = await rowsOf(asked, fakeLedger({ answer: used }));
    expect(rows.at(-1)).toMatchObject({ row: 'total', ...other.total });
    expect(other.total).not.toEqual(same.total);
    for (const [word, path] of [
      ['draft=none', 'draft'],
      ['draft=%7B%7D', 'draft'],
      ['by=nothing', 'by'],
    ]) {
      const response = await fetchOf(`/prices/what-if?${word}`, fakeLedger());
      expect(response.status).toBe(400);
      expect(((await response.json()) as Problem).errors[0]?.path).toBe(path);
    }
    expect((await fetchOf('/prices/what-if?map=gpt-4o', fakeLedger())).status).toBe(422);
  });

  it('budgets: none is a file with its columns', async () => {
    expect(await rowsOf('/budgets', fakeLedger())).toEqual([]);
  });
});
