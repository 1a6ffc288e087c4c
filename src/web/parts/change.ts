/** A change of money: sign, amount, then per cent; `none`, and `new` where there was nothing before. */
import { columnDecimals, moneyCell, moneyText } from '../../units/figures.ts';
import { parseDollars } from '../../units/money.ts';

const PERMILLE = 1_000n;

export function changeText(before: string, difference: string): string {
  const [was, change] = [parseDollars(before), parseDollars(difference)];
  if (change === 0n) return 'none';
  const amount = signedMoney(difference);
  if (was <= 0n) return `${amount}, new`;
  return `${amount} (${percentText(was, change)})`;
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

/** The share of a change in what was, to a tenth of a per cent, without a float. */
function percentText(was: bigint, change: bigint): string {
  const size = change < 0n ? -change : change;
  const sign = change < 0n ? '−' : '+';
  const tenths = (size * PERMILLE + was / 2n) / was;
  if (tenths === 0n) return `${sign}<0.1%`;
  return `${sign}${tenths / 10n}.${tenths % 10n}%`;
}
