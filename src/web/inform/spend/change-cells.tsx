/** Δ in money and in per cent: sign, amount; `new` where there was nothing, `none` where nothing changed. */
import { changePercent, moneyCell, NONE } from '../../../units/figures.ts';
import { formatDollars, parseDollars } from '../../../units/money.ts';

interface ChangeCellsProps {
  readonly now: string | undefined;
  /** Undefined: nothing was spent then. */
  readonly before: string | undefined;
  readonly decimals: number;
}

/** Grey: that spend rose is no judgement. */
export function ChangeCells({ now = '0', before = '0', decimals }: ChangeCellsProps) {
  const [is, was] = [parseDollars(now), parseDollars(before)];
  const change = is - was;
  const sign = change > 0n ? '+' : '';
  return (
    <>
      <td className="num" title={`$${now} after $${before}`}>
        {change === 0n ? NONE : `${sign}${moneyCell(formatDollars(change), decimals)}`}
      </td>
      <td className="num soft">{change === 0n ? NONE : was <= 0n ? 'new' : changePercent(was, change)}</td>
    </>
  );
}
