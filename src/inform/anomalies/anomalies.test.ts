import { describe, expect, it } from 'vitest';

import type { Answer, AnswerRow, LedgerReader, Question } from '../../ledger/question.ts';
import { EMPTY_ANSWER, fakeLedger } from '../../../test/fakes/ledger.ts';
import {
  changeSentence,
  DRIVERS,
  findAnomalies,
  findingsSentence,
  shapeSentence,
  spendSentence,
  whatChanged,
} from './anomalies.ts';
import type { FindAsk } from './anomalies.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.UTC(2026, 0, 5); // a Monday
const DAYS = 12 * 7;
const END_MS = START_MS + DAYS * DAY_MS;
const STORM_MS = START_MS + 80 * DAY_MS + 7 * HOUR_MS;

interface Fact {
  readonly atMs: number;
  readonly values: Readonly<Record<string, string>>;
  readonly calls: number;
  readonly attempts: number;
  readonly input: number;
  readonly output: number;
  readonly micros: number;
}

/** Twelve weeks of two workflows with customers; the storm is one customer's, the doubled prompt one workflow's. */
function company(): Fact[] {
  const facts: Fact[] = [];
  for (let atMs = START_MS; atMs < END_MS; atMs += HOUR_MS) {
    const day = Math.floor((atMs - START_MS) / DAY_MS);
    const hour = Math.floor((atMs - START_MS) / HOUR_MS) % 24;
    const busy = (hour >= 8 && hour < 19 ? 10 : 2) * (day % 7 < 5 ? 1 : 0.4);
    for (const [workflow, team] of [
      ['support', 'CX'],
      ['claims', 'Ops'],
    ] as const) {
      for (const [customer, weight] of [
        ['acme', 3],
        ['birch', 2],
        ['cedar', 1],
      ] as const) {
        const calls = Math.round(busy * weight * (1 + 0.05 * Math.sin(atMs / 7_919)));
        const storm =
          workflow === 'support' &&
          customer === 'birch' &&
          atMs >= STORM_MS &&
          atMs < STORM_MS + 11 * HOUR_MS;
        const context = workflow === 'claims' && day >= 60 ? 6_000 : 3_000;
        const attempts = storm ? calls * 12 : calls;
        const [input, output] = [attempts * context, attempts * 200];
        facts.push({
          atMs,
          values: { workflow, team, customer, key: `key-${customer}`, model: 'm', endpoint: 'inference' },
          calls,
          attempts,
          input,
          output,
          micros: input * 3 + output * 15,
        });
      }
    }
  }
  return facts;
}

/** A reader over facts that answers as the ledger does. */
function readerOf(facts: readonly Fact[]): LedgerReader {
  return fakeLedger({ answer: (question) => answerOf(facts, question) });
}

function answerOf(facts: readonly Fact[], { by, during, where }: Question): Answer {
  const groups = new Map<
    string,
    {
      group: string[];
      calls: number;
      attempts: number;
      input: number;
      output: number;
      micros: number;
      units: number;
    }
  >();
  for (const fact of facts) {
    if (fact.atMs < during.fromMs || fact.atMs >= during.toMs) continue;
    if (
      where.some(
        ({ dimension, is, not }) =>
          (is !== undefined && !is.includes(fact.values[dimension] ?? '')) ||
          not?.includes(fact.values[dimension] ?? '') === true,
      )
    )
      continue;
    for (const bucket of by.includes('bucket') ? ['freshIn', 'textOut'] : ['']) {
      const group = by.map((dimension) =>
        dimension === 'hour'
          ? `${new Date(fact.atMs).toISOString().slice(0, 16)}+00:00`
          : dimension === 'day'
            ? new Date(fact.atMs).toISOString().slice(0, 10)
            : dimension === 'bucket'
              ? bucket
              : (fact.values[dimension] ?? ''),
      );
      const key = JSON.stringify(group);
      const sum = groups.get(key) ?? {
        group,
        calls: 0,
        attempts: 0,
        input: 0,
        output: 0,
        micros: 0,
        units: 0,
      };
      groups.set(key, sum);
      sum.calls += fact.calls;
      sum.attempts += fact.attempts;
      sum.input += fact.input;
      sum.output += fact.output;
      sum.units += bucket === 'freshIn' ? fact.input : fact.output;
      sum.micros += bucket === '' ? fact.micros : bucket === 'freshIn' ? fact.input * 3 : fact.output * 15;
    }
  }
  const rows: AnswerRow[] = [...groups.values()].map(
    ({ group, calls, attempts, input, output, micros, units }) => ({
      group,
      figures: {
        calls,
        attempts,
        requests: calls,
        lines: calls,
        inputTokens: input,
        outputTokens: output,
        cacheReadTokens: 0,
        units,
        cost: (micros / 1e6).toFixed(6),
      },
    }),
  );
  return { ...EMPTY_ANSWER, rows };
}

const ASK: FindAsk = {
  during: { fromMs: END_MS - 30 * DAY_MS, toMs: END_MS },
  where: [],
  expected: [],
  leastDollars: 0.01,
  explain: 5,
};

describe('findAnomalies', () => {
  it('finds the storm at its hours and names the customer’s key as its lowest node', async () => {
    const { spend } = await findAnomalies(readerOf(company()), ASK);
    const storm = spend.find(({ workflow }) => workflow === 'support');
    expect(storm?.span).toEqual({ fromMs: STORM_MS, toMs: STORM_MS + 11 * HOUR_MS });
    expect(storm?.direction).toBe('above');
    expect(storm?.explanation?.path.map(({ dimension, value }) => `${dimension} ${value}`)).toEqual(
      expect.arrayContaining(['customer birch', 'key key-birch']),
    );
    expect(spendSentence(storm as NonNullable<typeof storm>)).toMatch(
      /^support spent \$[\d.,]+ in 11 h, \$[\d.,]+ more than the \$[\d.,]+ expected: customer birch \+\$[\d.,]+\.$/,
    );
  });

  it('finds the doubled prompt as a step on its day', async () => {
    const { shape } = await findAnomalies(readerOf(company()), ASK);
    const doubled = shape.find(({ workflow, signal }) => workflow === 'claims' && signal === 'context');
    expect(doubled).toMatchObject({ dearer: true, trend: { kind: 'step' } });
    expect(doubled?.span.fromMs).toBe(START_MS + 60 * DAY_MS);
    expect(doubled?.trend.change).toBeCloseTo(1, 1);
    expect(shapeSentence(doubled as NonNullable<typeof doubled>)).toContain(
      'input tokens per call stepped up by 100 %',
    );
  });

  it('a quiet company has nothing to show, and says so', async () => {
    const quiet = company().filter(
      ({ values, atMs }) => values['workflow'] === 'support' && atMs < STORM_MS - 2 * DAY_MS,
    );
    const until = STORM_MS - 2 * DAY_MS - 7 * HOUR_MS;
    const findings = await findAnomalies(readerOf(quiet), {
      ...ASK,
      during: { fromMs: until - 20 * DAY_MS, toMs: until },
    });
    expect(findings.spend).toEqual([]);
    expect(findings.shape).toEqual([]);
    expect(findings.judgedHours).toBe(20 * 24);
    expect(findingsSentence(findings)).toBe('Nothing is out of the ordinary in this period.');
  });

  it('what people expected is not reported again', async () => {
    const span = { fromMs: STORM_MS, toMs: STORM_MS + 11 * HOUR_MS };
    const { spend } = await findAnomalies(readerOf(company()), {
      ...ASK,
      expected: [{ span, workflow: 'support' }],
    });
    expect(spend.filter(({ workflow }) => workflow === 'support')).toEqual([]);
  });

  it('gives the same finding the same id whenever it is looked for', async () => {
    const ids = async (ask: FindAsk): Promise<string[]> =>
      (await findAnomalies(readerOf(company()), ask)).spend.map(({ id }) => id);
    const later = { ...ASK, during: { fromMs: END_MS - 20 * DAY_MS, toMs: END_MS } };
    expect(await ids(later)).toEqual(expect.arrayContaining((await ids(ASK)).slice(0, 1)));
  });

  it('says which workflows are too young', async () => {
    const young = company().filter(({ atMs }) => atMs > END_MS - 9 * DAY_MS);
    const findings = await findAnomalies(
      readerOf(young.filter(({ values }) => values['workflow'] === 'claims')),
      { ...ASK, during: { fromMs: END_MS - 9 * DAY_MS, toMs: END_MS } },
    );
    expect(findings.spend).toEqual([]);
    expect(findings.tooYoung).toEqual(['claims']);
    expect(findings.coverage).toBeNull();
  });
});

describe('whatChanged', () => {
  const before = { fromMs: START_MS + 50 * DAY_MS, toMs: START_MS + 57 * DAY_MS };
  const after = { fromMs: START_MS + 64 * DAY_MS, toMs: START_MS + 71 * DAY_MS };

  it('blames the context of claims, and adds up', async () => {
    const change = await whatChanged(readerOf(company()), {
      before,
      after,
      by: ['workflow'],
      where: [],
      timeZone: 'UTC',
    });
    const difference = change.after - change.before;
    expect(DRIVERS.reduce((sum, driver) => sum + change.effects[driver], 0n) + change.beside).toBe(
      difference,
    );
    expect(change.effects.context > (difference * 8n) / 10n).toBe(true);
    expect(change.effects.rate).toBe(0n);
    expect(changeSentence(change)).toMatch(/^Spend rose .*: context per call \+\$/);
    expect(change.cells.find(({ key }) => key.includes('support'))?.effects.context).toBeDefined();
  });

  it('says that part of it is naming when spend got an owner, and not when it had one', async () => {
    const named = company().map((fact) =>
      fact.atMs < after.fromMs && fact.values['workflow'] === 'claims'
        ? { ...fact, values: { ...fact.values, workflow: '' } }
        : fact,
    );
    const ask = { before, after, where: [], timeZone: 'UTC' } as const;
    const sentence = changeSentence(await whatChanged(readerOf(named), { ...ask, by: ['workflow'] }));
    expect(sentence).toMatch(
      /\. Spend without a workflow went from \d\d % to 0 % of all: part of mix, context and mix of tokens is naming; by model alone it is not\.$/,
    );
    for (const by of [[], ['team']] as const)
      expect(changeSentence(await whatChanged(readerOf(named), { ...ask, by }))).not.toContain('naming');
    const unnamed = company().map((fact) => ({ ...fact, values: { ...fact.values, workflow: '' } }));
    const quiet = await whatChanged(readerOf(unnamed), { ...ask, by: ['workflow'] });
    expect(changeSentence(quiet)).not.toContain('naming');
  });

  it('the same period twice is no change', async () => {
    const change = await whatChanged(readerOf(company()), {
      before,
      after: before,
      by: ['customer'],
      where: [],
      timeZone: 'UTC',
    });
    expect(change.after).toBe(change.before);
    for (const driver of DRIVERS) expect(change.effects[driver]).toBe(0n);
    expect(changeSentence(change)).toContain('did not change');
  });
});
