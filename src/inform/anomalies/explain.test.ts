import { describe, expect, it } from 'vitest';

import { EMPTY_ANSWER, fakeLedger } from '../../../test/fakes/ledger.ts';
import type { Answer, Question } from '../../ledger/question.ts';
import { explainWindow, readWindow } from './explain.ts';
import type { Explanation } from './explain.ts';
import { spendSentence } from './sentences.ts';

const WEEK_MS = 7 * 86_400_000;
const WINDOW = { fromMs: 10 * WEEK_MS, toMs: 10 * WEEK_MS + 3 * 3_600_000 };

/** Team, workflow, customer, key, kind, model: what each week of the window cost there, the present one first. */
type Node = readonly [where: string, ...costs: readonly number[]];

const usual = (where: string, now: number, then = now): Node => [where, now, then, then, then, then];

async function explain(nodes: readonly Node[], asked: Question[] = [], beyond = 0): Promise<Explanation> {
  const answer = (question: Question): Answer => {
    asked.push(question);
    const week = Math.round((WINDOW.fromMs - question.during.fromMs) / WEEK_MS);
    const rows = nodes.flatMap(([where, ...costs]) => {
      const cost = costs[week] ?? 0;
      return cost === 0 ? [] : [{ group: where.split('/'), figures: { cost: String(cost) } }];
    });
    return { ...EMPTY_ANSWER, rows, other: beyond === 0 ? null : { cost: String(beyond) } };
  };
  return explainWindow(await readWindow(fakeLedger({ answer }), WINDOW, []), 'w');
}

function sentenceOf(explanation: Explanation): string {
  const { actual, expected } = explanation;
  const direction = actual > expected ? 'above' : 'below';
  const facts = { kind: 'spend', id: '', span: WINDOW, score: 2, workflow: 'w' } as const;
  return spendSentence({ ...facts, direction, actual, expected, excess: actual - expected, explanation });
}

const pathOf = ({ path }: Explanation): string[] =>
  path.map(({ dimension, value }) => `${dimension} ${value}`);
const toldOf = ({ path }: Explanation): string[] =>
  path.filter(({ telling }) => telling).map(({ dimension, value }) => `${dimension} ${value}`);

describe('the lowest node', () => {
  it('is asked for with one question a week, whatever the levels', async () => {
    const asked: Question[] = [];
    await explain([usual('t/w/a/k/primary/m', 10, 5)], asked);
    expect(asked.map(({ during }) => (WINDOW.fromMs - during.fromMs) / WEEK_MS)).toEqual([0, 1, 2, 3, 4]);
  });

  it('is the customer that grew, and its key', async () => {
    const found = await explain([
      usual('t/w/a/k1/primary/m', 100),
      usual('t/w/b/k2/primary/m', 150, 50),
      usual('t/w/c/k3/primary/m', 60),
    ]);
    expect(pathOf(found)).toEqual(['team t', 'customer b', 'key k2', 'model m']);
    expect(toldOf(found)).toEqual(['customer b']);
    expect(sentenceOf(found)).toBe(
      'w spent $310.00 in 3 h, $100.00 more than the $210.00 expected: customer b +$100.00.',
    );
  });

  it('names retries, though they are of the usual key and model and of all customers', async () => {
    const found = await explain(
      ['a', 'b', 'c', 'd'].flatMap((customer) => [
        usual(`t/w/${customer}/k/primary/m`, 10),
        usual(`t/w/${customer}/k/retry/m`, 20, 0.1),
      ]),
    );
    expect(pathOf(found)).toEqual(['team t', 'key k', 'kind retry', 'model m']);
    expect(toldOf(found)).toEqual(['kind retry']);
    expect(found.spread).toEqual(['customer']);
    expect(sentenceOf(found)).toContain('expected: retries +$79.60, spread over customers.');
  });

  it('says what stood in when spend fell', async () => {
    const found = await explain([
      usual('t/w//k/primary/dear', 0, 90),
      usual('t/w//k/primary/other', 10),
      usual('t/w//k/fallback/cheap', 30, 0),
    ]);
    expect(found.against).toEqual({ dimension: 'kind', value: 'fallback', excess: 30 });
    expect(sentenceOf(found)).toBe(
      'w spent $40.00 in 3 h, $60.00 less than the $100.00 expected: first attempts −$90.00, fallback to another model +$30.00.',
    );
  });

  it('is not a customer that moves as much between ordinary weeks', async () => {
    const found = await explain([usual('t/w/a/k/primary/m', 100), ['t/w/b/k/primary/m', 60, 0, 70, 0, 5]]);
    expect(pathOf(found)).not.toContain('customer b');
    expect(found.spread).toEqual(['customer']);
  });

  it('is told of a model only when it carries more than its usual share', async () => {
    const grown = (model: string, then: number, times: number): Node =>
      usual(`t/w//k/primary/${model}`, then * times, then);
    expect(toldOf(await explain([grown('large', 80, 2), grown('small', 20, 2)]))).toEqual([]);
    expect(toldOf(await explain([grown('large', 80, 1), grown('small', 20, 5)]))).toEqual(['model small']);
  });

  it('has nothing to say of what nobody named', async () => {
    const found = await explain([usual('/w///primary/m', 20, 10)]);
    expect(pathOf(found)).toEqual(['model m']);
    expect(sentenceOf(found)).toBe('w spent $20.00 in 3 h, $10.00 more than the $10.00 expected.');
  });
});
