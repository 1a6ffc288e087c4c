import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { EMPTY_ANSWER, fakeLedger } from '../../../test/fakes/ledger.ts';
import type { AnswerRow } from '../../ledger/question.ts';
import { formatDollars } from '../../units/money.ts';
import { composeSpend } from './composition.ts';
import type { CompositionOf, CostParts } from './composition.ts';
import { divide } from './divide.ts';

const money = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 16n });
const tokens = fc.integer({ min: -100, max: 10_000_000 });
const row: fc.Arbitrary<AnswerRow> = fc
  .record({
    workflow: fc.constantFrom('support', 'claims', ''),
    model: fc.constantFrom('a', 'b', 'c'),
    costs: fc.tuple(money, money, money, money),
    input: fc.dictionary(fc.constantFrom('system', 'tools', 'history', 'unknown'), tokens),
    output: fc.dictionary(fc.constantFrom('text', 'reasoning'), tokens),
    inputTokens: tokens,
    outputTokens: tokens,
  })
  .map(({ workflow, model, costs: [beside, inputCost, outputCost, feeCost], input, output, ...sizes }) => ({
    group: [workflow, model],
    figures: {
      cost: formatDollars(beside + inputCost + outputCost + feeCost),
      inputCost: formatDollars(inputCost),
      outputCost: formatDollars(outputCost),
      feeCost: formatDollars(feeCost),
      composition: { input, output },
      calls: 1,
      unpricedCalls: 1,
      ...sizes,
    },
  }));

const sum = (parts: CostParts): bigint => Object.values(parts).reduce((whole, part) => whole + part, 0n);
const of = (rows: readonly AnswerRow[]): Promise<CompositionOf> =>
  composeSpend(fakeLedger({ answer: () => ({ ...EMPTY_ANSWER, rows, other: rows[0]?.figures ?? null }) }), {
    during: { fromMs: 0, toMs: 1 },
    by: ['workflow'],
    where: [],
    timeZone: 'UTC',
  });

describe('what a cost was made of', () => {
  it('sums to the cost, of each group, beyond the limit and in total', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row), async (rows) => {
        const { groups, beyondLimit, total } = await of(rows);
        const all = [...groups, ...(beyondLimit === null ? [] : [beyondLimit])];
        for (const one of [...all, total]) expect(sum(one.parts)).toBe(one.cost);
        expect(all.reduce((whole, { cost }) => whole + cost, 0n)).toBe(total.cost);
        expect(total.unpricedCalls).toBe(rows.length + (beyondLimit === null ? 0 : 1));
      }),
    );
  });

  it('does not depend on the order of what it is made from', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row), async (rows) => {
        expect((await of(rows.toReversed())).groups).toEqual((await of(rows)).groups);
      }),
    );
  });

  it('divides by tokens, input and output apart', () => {
    expect(
      divide({
        cost: '10',
        inputCost: '6',
        outputCost: '3',
        feeCost: '1',
        inputTokens: 300,
        outputTokens: 10,
        composition: { input: { system: 200, user: 100 }, output: { text: 10 } },
      }),
    ).toMatchObject({
      system: 4_000_000_000_000n,
      user: 2_000_000_000_000n,
      text: 3_000_000_000_000n,
      fees: 1_000_000_000_000n,
      unknown: 0n,
    });
  });

  it('keeps unknown what has no composition, what no part names, and what no bucket carries', () => {
    const dollar = 1_000_000_000_000n;
    expect(divide({ cost: '3', inputCost: '2', outputCost: '1', inputTokens: 9 }).unknown).toBe(3n * dollar);
    expect(
      divide({
        cost: '4',
        inputCost: '4',
        inputTokens: 100,
        composition: { input: { user: 75 }, output: {} },
      }).unknown,
    ).toBe(dollar);
    expect(divide({ cost: '-2' }).unknown).toBe(-2n * dollar);
  });
});
