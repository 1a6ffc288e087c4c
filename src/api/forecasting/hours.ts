/** Hourly demand of a model, quiet hours included, and what its tokens cost as they went. */
import type { Condition, LedgerReader, Span } from '../../ledger/question.ts';

const HOUR_MS = 3_600_000;
const MOST_GROUPS = 10_000;

export interface HoursAsk {
  readonly model: string;
  readonly provider: string | undefined;
  readonly workflow: string | undefined;
  readonly during: Span;
  readonly atMs: number;
  readonly timeZone: string;
}

export async function readHours(ledger: LedgerReader, ask: HoursAsk) {
  const { model, provider, workflow, during, timeZone } = ask;
  const one = (dimension: Condition['dimension'], value: string | undefined): Condition[] =>
    value === undefined ? [] : [{ dimension, is: [value] }];
  const answer = await ledger.ask({
    of: ['inputTokens', 'outputTokens', 'cost', 'unpricedCalls'],
    by: ['hour'],
    during,
    where: [...one('model', model), ...one('provider', provider), ...one('workflow', workflow)],
    timeZone,
    simulated: 'exclude',
    limit: MOST_GROUPS,
  });
  const busy = answer.rows.map(({ figures }) => (figures.inputTokens ?? 0) + (figures.outputTokens ?? 0));
  const all = Math.max(busy.length, Math.floor((during.toMs - during.fromMs) / HOUR_MS));
  return {
    hours: [...busy, ...Array.from({ length: all - busy.length }, () => 0)],
    tokens: busy.reduce((sum, tokens) => sum + tokens, 0),
    cost: Number(answer.total.cost ?? '0'),
  };
}
