import type { Budget, BudgetAccount } from '../../../api/contract/budgets.ts';
import { BurnTrack } from '../../parts/marks/burn-track.tsx';

interface BurnStripProps {
  readonly account: BudgetAccount;
  readonly thresholds: Budget['thresholds'];
  readonly at: string;
}

/** The strip of one account, from what the server said of it. */
export function BurnStrip({ account, thresholds, at }: BurnStripProps) {
  const { spentPercent, percent, window } = account;
  const held = spentPercent === null ? 0 : Math.max(0, (percent ?? spentPercent) - spentPercent);
  const presumed = presumedPercent(account, held);
  return (
    <BurnTrack
      spent={spentPercent}
      presumed={presumed}
      reserved={held - presumed}
      thresholds={thresholds.map((one) => ({ percent: one.percent, acts: one.action.kind !== 'warn' }))}
      gone={gonePercent(window, at)}
    />
  );
}

/** The presumed part of what is reserved, in percent of the cap; drawn, never printed. */
function presumedPercent({ presumed, reserved }: BudgetAccount, held: number): number {
  const [part, whole] = [Number(presumed ?? 0), Number(reserved ?? 0)];
  return whole > 0 ? (held * part) / whole : 0;
}

/** How much of the window's time is gone; a rolling window ends now and has none to come. */
function gonePercent({ from, to }: BudgetAccount['window'], at: string): number | undefined {
  const [begin, end, now] = [Date.parse(from), Date.parse(to), Date.parse(at)];
  if (now >= end || end <= begin) return undefined;
  return ((now - begin) / (end - begin)) * 100;
}

const MARKS = [
  ['spent', 'Spent'],
  ['presumed', 'Presumed spent'],
  ['reserved', 'Reserved'],
  ['left', 'Left'],
  ['over', 'Beyond the cap'],
] as const;

export function BurnKey() {
  return (
    <p className="burn-key small quiet">
      {MARKS.map(([mark, label]) => (
        <span key={mark}>
          <i className={mark} /> {label}
        </span>
      ))}
      <span>
        <i className="step" /> Threshold
      </span>
      <span>
        <i className="gone" /> Time gone
      </span>
    </p>
  );
}
