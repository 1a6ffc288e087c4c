/** A change of money: sign, amount, then per cent; `none`, and `new` where there was nothing before. */
import { changePercent, columnDecimals, moneyCell, moneyText } from '../../units/figures.ts';
import { parseDollars } from '../../units/money.ts';

export function changeText(before: string, difference: string): string {
  const [was, change] = [parseDollars(before), parseDollars(difference)];
  if (change === 0n) return 'none';
  const amount = signedMoney(difference);
  if (was <= 0n) return `${amount}, new`;
  return `${amount} (${changePercent(was, change)})`;
}

/** `+$1,200`, `−$42.10`, `$0`. */
export function signedMoney(amount: string): string {
  return parseDollars(amount) > 0n ? `+${moneyText(amount)}` : moneyText(amount);
}

/** The same beside a larger total, at whose precision it stands. */
export function signedBeside(amount: string, total: string): string {
  const text = moneyCell(amount, columnDecimals([total]), '$');
  return parseDollars(amount) > 0n ? `+${text}` : text;
}
