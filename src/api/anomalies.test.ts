import { describe, expect, it } from 'vitest';

import { askApi, fakeApi, NOW_MS } from '../../test/fakes/api.ts';
import type { FakeApi } from '../../test/fakes/api.ts';
import { EMPTY_ANSWER, fakeLedger } from '../../test/fakes/ledger.ts';
import type { Answer, Question } from '../ledger/question.ts';
import { Anomalies, AnomalyNote, Changes } from './contract/anomalies.ts';
import { Problem } from './contract.ts';

const HOUR_MS = 3_600_000;
const ID = '3f2a9c01b4d7';
const NOTE = {
  state: 'expected',
  workflow: 'support',
  from: '2026-03-10T00:00:00Z',
  to: '2026-03-10T11:00:00Z',
  note: 'load test',
};

function post(fake: FakeApi, path: string, body: unknown): Promise<Response> {
  return askApi(fake, path, { body });
}

/** Twelve weeks of one workflow: level, with a storm of five hours two days ago. */
function stormy(question: Question): Answer {
  const { by, during } = question;
  const stormMs = Math.floor((NOW_MS - 48 * HOUR_MS) / HOUR_MS) * HOUR_MS;
  const sums = new Map<string, number>();
  for (let atMs = Math.ceil(during.fromMs / HOUR_MS) * HOUR_MS; atMs < during.toMs; atMs += HOUR_MS) {
    if (atMs < NOW_MS - 84 * 24 * HOUR_MS) continue;
    const hour = new Date(atMs).toISOString();
    const group = by.map((name) =>
      name === 'hour'
        ? `${hour.slice(0, 16)}+00:00`
        : name === 'day'
          ? hour.slice(0, 10)
          : name === 'workflow'
            ? 'support'
            : name === 'customer'
              ? 'birch'
              : '',
    );
    const cost = atMs >= stormMs && atMs < stormMs + 5 * HOUR_MS ? 90 : 10 + ((atMs / HOUR_MS) % 3);
    const key = JSON.stringify(group);
    sums.set(key, (sums.get(key) ?? 0) + cost);
  }
  const rows = [...sums].map(([key, cost]) => ({
    group: JSON.parse(key) as string[],
    figures: { cost: String(cost), calls: 10, units: 1_000, attempts: 10, inputTokens: 100 },
  }));
  return { ...EMPTY_ANSWER, rows };
}

describe('GET /api/v1/anomalies', () => {
  it('200 finds the storm, names its node, and says what the band held', async () => {
    const fake = await fakeApi({ ledger: fakeLedger({ answer: stormy }) });
    const response = await askApi(fake, '/anomalies?during=14d');
    expect(response.status).toBe(200);
    const found = Anomalies.parse(await response.json());
    expect(found.spend).toHaveLength(1);
    expect(found.spend[0]).toMatchObject({
      hours: 5,
      direction: 'above',
      workflow: 'support',
      state: 'open',
      explained: true,
    });
    expect(
      found.spend[0]?.path.some(({ dimension, value }) => dimension === 'customer' && value === 'birch'),
    ).toBe(true);
    expect(found.band.asked).toBe(0.99);
    expect(found.band.judgedHours).toBe(14 * 24);
    expect(found.sentence).toMatch(/^1 window of strange spend/);
  });

  it('200 an expected one is gone from the list afterwards', async () => {
    const fake = await fakeApi({ ledger: fakeLedger({ answer: stormy }) });
    const [storm] = Anomalies.parse(await (await askApi(fake, '/anomalies?during=14d')).json()).spend;
    const { id = '', workflow = '', from = '', to = '' } = storm ?? {};
    expect(
      (await post(fake, `/anomalies/${id}/notes`, { state: 'expected', workflow, from, to })).status,
    ).toBe(201);
    expect(Anomalies.parse(await (await askApi(fake, '/anomalies?during=14d')).json()).spend).toEqual([]);
    await post(fake, `/anomalies/${id}/notes`, { state: 'open', workflow, from, to });
    expect(Anomalies.parse(await (await askApi(fake, '/anomalies?during=14d')).json()).spend).toHaveLength(1);
  });

  it('400 a period that is none', async () => {
    const response = await askApi(await fakeApi(), '/anomalies?during=sometime');
    expect(response.status).toBe(400);
    expect(Problem.parse(await response.json()).errors[0]?.path).toBe('during');
  });

  it('401 without the login that the network needs', async () => {
    const fake = await fakeApi({ access: { kind: 'token', adminToken: 'x'.repeat(24) } });
    expect((await askApi(fake, '/anomalies')).status).toBe(401);
    expect((await post(fake, `/anomalies/${ID}/notes`, NOTE)).status).toBe(401);
    expect((await askApi(fake, '/changes')).status).toBe(401);
  });

  it('503 while the ledger does not answer', async () => {
    const ledger = { ...fakeLedger(), ask: () => Promise.reject(new Error('gone')) };
    expect((await askApi(await fakeApi({ ledger }), '/anomalies')).status).toBe(503);
    expect((await askApi(await fakeApi({ ledger }), '/changes')).status).toBe(503);
  });
});

describe('POST /api/v1/anomalies/{id}/notes', () => {
  it('201 keeps the words, audited', async () => {
    const fake = await fakeApi();
    const response = await post(fake, `/anomalies/${ID}/notes`, NOTE);
    expect(response.status).toBe(201);
    expect(AnomalyNote.parse(await response.json())).toMatchObject({
      anomaly: ID,
      state: 'expected',
      note: 'load test',
    });
  });

  it('409 where somebody said something else in between, and theirs stays', async () => {
    const fake = await fakeApi();
    await post(fake, `/anomalies/${ID}/notes`, NOTE);
    const open = { ...NOTE, state: 'open' };
    const refused = await post(fake, `/anomalies/${ID}/notes`, { ...open, ifState: 'acknowledged' });
    expect(refused.status).toBe(409);
    expect(Problem.parse(await refused.json()).code).toBe('version_moved');
    expect((await post(fake, `/anomalies/${ID}/notes`, { ...open, ifState: 'expected' })).status).toBe(201);
  });

  it.each([
    ['no state that there is', ID, { ...NOTE, state: 'fine' }],
    ['an end before the beginning', ID, { ...NOTE, to: '2026-03-09T00:00:00Z' }],
    ['no instant', ID, { ...NOTE, from: 'yesterday' }],
    ['no id of a finding', 'nonsense', NOTE],
  ])('400 %s', async (_, id, body) => {
    expect((await post(await fakeApi(), `/anomalies/${id}/notes`, body)).status).toBe(400);
  });
});

describe('GET /api/v1/changes', () => {
  const moved = (question: Question): Answer => {
    const later = question.during.fromMs >= Date.UTC(2026, 1, 1);
    const bucket = question.by.includes('bucket');
    return {
      ...EMPTY_ANSWER,
      rows: ['support', 'claims'].map((workflow) => ({
        group: [workflow, 'gpt-x', ...(bucket ? ['freshIn'] : [])],
        figures: bucket
          ? {
              units: later && workflow === 'support' ? 4_000_000 : 2_000_000,
              cost: later && workflow === 'support' ? '12' : '6',
            }
          : { calls: 1_000 },
      })),
    };
  };

  it('200 decomposes, adds up, and says it in a sentence', async () => {
    const fake = await fakeApi({ ledger: fakeLedger({ answer: moved }) });
    const response = await askApi(fake, '/changes?before=2026-01&after=2026-02');
    expect(response.status).toBe(200);
    const changes = Changes.parse(await response.json());
    expect(changes).toMatchObject({
      change: '6',
      effects: { calls: '0', mix: '0', context: '6', tokenMix: '0', rate: '0' },
      beside: '0',
      dimensions: ['workflow', 'model'],
    });
    expect(changes.cells[0]).toMatchObject({ group: ['support', 'gpt-x'], before: '6', after: '12' });
    expect(changes.sentence).toContain('Spend rose');
  });

  it('200 what the limit cuts off is one more cell, and nothing is lost', async () => {
    const fake = await fakeApi({ ledger: fakeLedger({ answer: moved }) });
    const changes = Changes.parse(
      await (await askApi(fake, '/changes?before=2026-01&after=2026-02&limit=1')).json(),
    );
    expect(changes.cells).toHaveLength(1);
    expect(changes.otherCells).toMatchObject({ cells: 1, change: '0' });
  });

  it('200 compares with the same length before unless told otherwise', async () => {
    const changes = Changes.parse(
      await (
        await askApi(await fakeApi({ ledger: fakeLedger({ answer: moved }) }), '/changes?after=7d')
      ).json(),
    );
    const length = ({ from, to }: { from: string; to: string }): number => Date.parse(to) - Date.parse(from);
    expect(length(changes.before)).toBe(length(changes.after));
    expect(changes.before.to).toBe(changes.after.from);
  });

  it('200 compares a month with the month before, whatever their lengths', async () => {
    const fake = await fakeApi({ ledger: fakeLedger({ answer: moved }) });
    const response = await askApi(fake, '/changes?after=2026-02');
    expect(Changes.parse(await response.json()).before).toMatchObject({
      from: '2026-01-01T00:00:00.000Z',
      to: '2026-02-01T00:00:00.000Z',
    });
  });

  it.each([
    '/changes?after=sometime',
    '/changes?before=never',
    '/changes?by=shoe',
    '/changes?after=2030',
    '/changes?where=x',
  ])('400 %s', async (path) => {
    expect((await askApi(await fakeApi(), path)).status).toBe(400);
  });
});
