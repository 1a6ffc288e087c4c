import { Suspense, lazy, useState } from 'react';

import type { Day } from '../days.ts';
import { COMPARES, PRESETS, billingMonths, rangeOf, rangeText } from '../periods.ts';
import { ChoiceList } from './choice-list.tsx';
import { dateFormat } from '../../../units/date-format.ts';

const RangeGrid = lazy(async () => ({ default: (await import('./range-grid.tsx')).RangeGrid }));

interface PanelProps {
  readonly value: string;
  readonly today: Day;
  readonly onPick: (value: string) => void;
}

const choices = PRESETS.map(({ during, label, key }) => ({
  value: during,
  label,
  ...(key !== undefined && { key }),
}));

/** Named periods, the billing months of the last year, and any days. */
export function PeriodPanel({ value, today, onPick }: PanelProps) {
  return (
    <div className="period-panel">
      <ChoiceList label="Period" value={value} choices={choices} onPick={onPick} />
      <div className="period-more">
        <h3 id="billing-months">Billing months</h3>
        <div className="months" role="group" aria-labelledby="billing-months">
          {billingMonths(today).map((month) => (
            <button
              key={month}
              type="button"
              className="option"
              aria-pressed={month === value}
              onClick={() => onPick(month)}
            >
              {shortMonth(month)}
            </button>
          ))}
        </div>
        <OwnDays {...{ value, today, onPick }} />
      </div>
    </div>
  );
}

const compares = Object.entries(COMPARES).map(([value, label]) => ({ value, label }));

export function ComparePanel({ value, today, onPick }: PanelProps) {
  return (
    <>
      <ChoiceList label="Compare with" value={value} choices={compares} onPick={onPick} />
      <OwnDays {...{ value, today, onPick }} />
    </>
  );
}

/** Days of one's own. The grid is loaded when somebody wants it. */
function OwnDays({ value, today, onPick }: PanelProps) {
  const range = rangeOf(value);
  const [open, setOpen] = useState(range !== undefined);
  return (
    <div className="own-days">
      <button type="button" className="btn" aria-expanded={open} onClick={() => setOpen(!open)}>
        Days of my own
      </button>
      {open && (
        <Suspense fallback={<div className="range-place" />}>
          <RangeGrid value={range} today={today} onPick={(picked) => onPick(rangeText(picked))} />
        </Suspense>
      )}
    </div>
  );
}

function shortMonth(month: string): string {
  return dateFormat('en-GB', { timeZone: 'UTC', month: 'short', year: 'numeric' }).format(Date.parse(month));
}
