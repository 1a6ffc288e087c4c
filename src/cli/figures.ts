/**
 * Money in a terminal: each cell carries its dollar sign, since lines are copied and searched without the head of
 * their column. Every rule of rounding is the one of `units/figures.ts`.
 */
import { columnDecimals, exactMoney, moneyCell, perText, unitCell, unitColumn } from '../units/figures.ts';

type Amount = string | null | undefined;
export type Shown = (amount: Amount) => string;

/** The formatter of a column of money, at the one precision that its largest amount asks for. */
export function moneyColumn(amounts: readonly Amount[]): Shown {
  const decimals = columnDecimals(amounts);
  return (amount) => moneyCell(amount, decimals, '$');
}

/** The formatter of a column of costs per call, and its head: `Cost per call`, `Cost per 1K calls`. */
export function costPerCallColumn(amounts: readonly Amount[]): {
  readonly header: string;
  readonly show: Shown;
} {
  const column = unitColumn(amounts);
  return {
    header: `Cost per ${perText(column, 'call', 'calls')}`,
    show: (amount) => unitCell(amount, column, '$'),
  };
}

/** Every digit of an amount, with at least as many decimals as asked: `$0.01385000`. */
export function exactDollars(amount: string, leastDecimals?: number): string {
  return exactMoney(amount, leastDecimals, '$');
}
