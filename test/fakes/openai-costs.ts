/** A statement of OpenAI's cost export, and the ledger of the call on it: they are half a dollar apart. */
import type { Answer, Question } from '../../src/ledger/question.ts';
import { EMPTY_ANSWER } from './ledger.ts';

export const COSTS =
  '{"data":[{"start_time":1772668800,"results":[{"amount":{"value":3,"currency":"usd"},"line_item":"gpt-4o, input","project_id":"a","quantity":1000000,"quantity_unit":"tokens"}]}]}';

const SAID: Readonly<Record<string, string>> = {
  provider: 'openai',
  hour: '2026-03-05T00:00Z',
  day: '2026-03-05',
  account: 'a',
  model: 'gpt-4o',
  bucket: 'freshIn',
  rate: '2.5',
  basis: 'reported',
  workflow: 'support',
};

/** One group: a million fresh tokens of gpt-4o for $2.50 on the fifth of March. */
export function costsAnswer({ by, where }: Question): Answer {
  const none = where.some(
    ({ dimension, is, not }) =>
      (dimension === 'forMonth' && !is?.includes('')) ||
      dimension === 'status' ||
      (dimension === 'cause' && is !== undefined) ||
      (dimension === 'basis' && not !== undefined),
  );
  const row = {
    group: by.map((name) => SAID[name] ?? ''),
    figures: { units: 1_000_000, cost: '2.5', lines: 1 },
  };
  return none ? EMPTY_ANSWER : { ...EMPTY_ANSWER, rows: [row] };
}
