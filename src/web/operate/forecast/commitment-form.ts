/** A commitment as it is typed: what one unit serves, and what it costs whether it is used or not. */
import type { CommitmentAsk } from './asks.ts';
import { numberOf } from './draft.ts';

export interface CommitmentForm {
  readonly model: string;
  readonly tokens: string;
  readonly price: string;
  readonly minimum: string;
  readonly increment: string;
}

export const EMPTY_COMMITMENT: CommitmentForm = {
  model: '',
  tokens: '',
  price: '',
  minimum: '',
  increment: '',
};

/** What is missing before the server can be asked; empty: nothing is. */
export function problemOfCommitment({ model, tokens, price, minimum, increment }: CommitmentForm): string {
  if (model.trim() === '') return 'Say which model it would serve.';
  if ((numberOf(tokens) ?? 0) <= 0) return 'Say how many tokens an hour one unit serves.';
  if ((numberOf(price) ?? 0) <= 0) return 'Say what one unit costs an hour, used or not.';
  const isWhole = (text: string): boolean => text.trim() === '' || /^[1-9]\d*$/.test(text.trim());
  return isWhole(minimum) && isWhole(increment) ? '' : 'Units are whole numbers.';
}

export function commitmentOf({ model, tokens, price, minimum, increment }: CommitmentForm): CommitmentAsk {
  return {
    model: model.trim(),
    unitTokensPerHour: numberOf(tokens) ?? 0,
    unitPricePerHour: price.trim().replaceAll(/[$,\s]/g, ''),
    ...(minimum.trim() !== '' && { minimumUnits: Number(minimum) }),
    ...(increment.trim() !== '' && { increment: Number(increment) }),
  };
}
