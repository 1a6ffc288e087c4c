import type { CSSProperties } from 'react';

import type { Budget, BudgetAccount } from '../../../api/contract/budgets.ts';

/** The most that a strip shows, so that one budget that was passed fivefold still leaves a mark of its cap. */
const MOST_PERCENT = 200;

interface BurnStripProps {
  readonly account: BudgetAccount;
  readonly thresholds: Budget['thresholds'];
  readonly at: string;
}

/**
 * A budget as a strip: spent, presumed, reserved, left; a mark for each threshold, and one for how much of the window is
 * gone. The figures stand in the same row of the table, so the strip says nothing to a screen reader.
 */
export function BurnStrip({ account, thresholds, at }: BurnStripProps) {
  const { spentPercent, percent, window } = account;
  if (spentPercent === null) return <span className="burn unknown" aria-hidden="true" />;
  const taken = percent ?? spentPercent;
  const full = Math.max(100, Math.min(MOST_PERCENT, taken));
  const presumed = presumedPercent(account, taken - spentPercent);
  const parts = [
    { mark: 'spent', from: 0, to: Math.min(spentPercent, 100) },
    { mark: 'over', from: 100, to: Math.min(spentPercent, full) },
    { mark: 'presumed', from: spentPercent, to: Math.min(spentPercent + presumed, full) },
    { mark: 'reserved', from: spentPercent + presumed, to: Math.min(taken, full) },
  ].filter(({ from, to }) => to > from);
  const gone = gonePercent(window, at);
  return (
    <span className="burn" aria-hidden="true">
      {parts.map(({ mark, from, to }) => (
        <i key={mark} className={mark} style={place((from / full) * 100, ((to - from) / full) * 100)} />
      ))}
      {thresholds.map((one) => (
        <i
          key={`${one.percent} ${one.action.kind}`}
          className={one.action.kind === 'warn' ? 'step' : 'step acts'}
          style={place((one.percent / full) * 100, 0)}
        />
      ))}
      {full > 100 && <i className="cap" style={place((100 / full) * 100, 0)} />}
      {gone !== undefined && <i className="gone" style={place((gone / full) * 100, 0)} />}
    </span>
  );
}

function place(from: number, width: number): CSSProperties {
  return { '--from': `${from}%`, '--width': `${width}%` } as CSSProperties;
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
