import { describe, expect, it } from 'vitest';

import { askApi, fakeApi } from '../../test/fakes/api.ts';
import { EMPTY_ANSWER, fakeLedger } from '../../test/fakes/ledger.ts';
import type { Answer, Question } from '../ledger/question.ts';
import { CompositionOfSpend } from './contract/composition.ts';
import { Problem } from './contract.ts';

function answer({ by }: Question): Answer {
  const words: Record<string, string> = { workflow: 'support', month: '2026-02' };
  return {
    ...EMPTY_ANSWER,
    rows: ['a', 'b'].map((model) => ({
      group: by.map((name) => (name === 'model' ? model : (words[name] ?? ''))),
      figures: {
        cost: '10',
        inputCost: '6',
        outputCost: '3',
        feeCost: '1',
        inputTokens: 300,
        outputTokens: 10,
        composition: { input: { system: 200 }, output: { text: 10 } },
        calls: 4,
        unpricedCalls: 1,
      },
    })),
  };
}

async function ask(path: string, ledger = fakeLedger({ answer })): Promise<Response> {
  return askApi(await fakeApi({ ledger }), path);
}

describe('GET /api/v1/composition', () => {
  it('200 adds the models of a workflow, keeps unknown and counts unpriced apart', async () => {
    const found = CompositionOfSpend.parse(await (await ask('/composition?during=2026-02')).json());
    expect(found.dimensions).toEqual(['workflow']);
    expect(found.groups).toHaveLength(1);
    expect(found.groups[0]).toMatchObject({
      group: ['support'],
      cost: '20',
      calls: 8,
      unpricedCalls: 2,
      parts: { system: '8', text: '6', fees: '2', unknown: '4', tools: '0' },
    });
    expect(found).toMatchObject({ beyondLimit: null, total: { cost: '20' }, basis: 'estimated' });
  });

  it('200 gives the history by a step of time', async () => {
    const response = await ask('/composition?by=workflow,month');
    const { groups } = CompositionOfSpend.parse(await response.json());
    expect(groups.map(({ group }) => group)).toEqual([['support', '2026-02']]);
  });

  it.each([
    '/composition?during=sometime',
    '/composition?by=shoe',
    '/composition?by=bucket',
    '/composition?by=workflow,team,customer,key,provider,month',
    '/composition?where=x',
    '/composition?timeZone=Mars',
  ])('400 %s', async (path) => {
    expect((await ask(path)).status).toBe(400);
  });

  it('503 when the ledger does not answer', async () => {
    const ledger = fakeLedger({
      answer: () => {
        throw new Error('gone');
      },
    });
    const response = await ask('/composition', ledger);
    expect(response.status).toBe(503);
    expect(Problem.parse(await response.json()).code).toBe('ledger_unavailable');
  });
});
