/** Two months side by side, from which a first and a last day are chosen. */
import { useEffect, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';

import { addDays, addMonths, monthOf, weekdayOf, weeksOf } from '../days.ts';
import type { Day, Month } from '../days.ts';
import { Icon } from '../icon.tsx';
import { monthText } from '../instants.ts';
import type { DayRange } from '../periods.ts';
import { dateFormat } from '../../../units/date-format.ts';

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const dayName = dateFormat('en-GB', { timeZone: 'UTC', dateStyle: 'full' });

interface RangeGridProps {
  readonly value: DayRange | undefined;
  readonly today: Day;
  readonly onPick: (range: DayRange) => void;
}

export function RangeGrid({ value, today, onPick }: RangeGridProps) {
  const [begun, setBegun] = useState<Day>();
  const [at, setAt] = useState<Day>(value?.last ?? today);
  const [right, setRight] = useState<Month>(monthOf(value?.last ?? today));
  const place = useRef<HTMLDivElement>(null);
  const walked = useRef(false);
  useEffect(() => {
    if (walked.current) place.current?.querySelector<HTMLElement>(`[data-day="${at}"]`)?.focus();
    walked.current = false;
  }, [at]);
  const left = monthOf(addMonths(`${right}-01`, -1));
  const walk = (day: Day): void => {
    walked.current = true;
    setAt(day);
    if (monthOf(day) > right) setRight(monthOf(day));
    if (monthOf(day) < left) setRight(monthOf(addMonths(day, 1)));
  };
  const press = (day: Day): void => {
    setAt(day);
    if (begun === undefined) return setBegun(day);
    setBegun(undefined);
    onPick(begun <= day ? { first: begun, last: day } : { first: day, last: begun });
  };
  const shown = begun === undefined ? value : ordered(begun, at);
  const move = (count: number): void => setRight(monthOf(addMonths(`${right}-01`, count)));
  const inSight = monthOf(at) === left || monthOf(at) === right ? at : `${right}-01`;
  return (
    <div className="range" ref={place} onKeyDown={(event) => onKey(event, inSight, walk)}>
      <div className="range-head">
        <MonthButton label="Earlier months" icon="left" onPress={() => move(-1)} />
        <p aria-live="polite">
          {begun === undefined
            ? 'Choose the first day.'
            : `From ${dayName.format(Date.parse(begun))}: choose the last day.`}
        </p>
        <MonthButton label="Later months" icon="right" onPress={() => move(1)} />
      </div>
      {[left, right].map((month) => (
        <MonthGrid key={month} month={month} shown={shown} at={inSight} today={today} onPress={press} />
      ))}
    </div>
  );
}

function ordered(one: Day, other: Day): DayRange {
  return one <= other ? { first: one, last: other } : { first: other, last: one };
}

interface MonthButtonProps {
  readonly label: string;
  readonly icon: 'left' | 'right';
  readonly onPress: () => void;
}

function MonthButton({ label, icon, onPress }: MonthButtonProps) {
  return (
    <button type="button" className="btn plain square" aria-label={label} onClick={onPress}>
      <Icon name={icon} />
    </button>
  );
}

interface MonthGridProps {
  readonly month: Month;
  readonly shown: DayRange | undefined;
  /** The one day that the tab key reaches. */
  readonly at: Day;
  readonly today: Day;
  readonly onPress: (day: Day) => void;
}

function MonthGrid({ month, shown, at, today, onPress }: MonthGridProps) {
  return (
    <table className="month" role="grid" aria-label={monthText(month)}>
      <caption aria-hidden="true">{monthText(month)}</caption>
      <thead>
        <tr>
          {WEEKDAYS.map((name) => (
            <th key={name} scope="col" abbr={name}>
              {name.slice(0, 2)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeksOf(month).map((week) => (
          <tr key={week.find((day) => day !== undefined)}>
            {week.map((day, column) =>
              day === undefined ? (
                <td key={WEEKDAYS[column]} />
              ) : (
                <td key={day} aria-selected={isIn(day, shown)} className={edgeOf(day, shown)}>
                  <button
                    type="button"
                    data-day={day}
                    tabIndex={day === at ? 0 : -1}
                    aria-current={day === today ? 'date' : undefined}
                    aria-label={dayName.format(Date.parse(day))}
                    onClick={() => onPress(day)}
                  >
                    {Number(day.slice(8))}
                  </button>
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function isIn(day: Day, range: DayRange | undefined): boolean {
  return range !== undefined && range.first <= day && day <= range.last;
}

function edgeOf(day: Day, range: DayRange | undefined): string | undefined {
  return day === range?.first || day === range?.last ? 'edge' : undefined;
}

/** By day and week with the arrows, to the ends of a week with Home and End, by month with the page keys. */
function onKey(event: KeyboardEvent, at: Day, walk: (day: Day) => void): void {
  if (!(event.target as HTMLElement).matches('[data-day]')) return;
  const to = {
    ArrowLeft: () => addDays(at, -1),
    ArrowRight: () => addDays(at, 1),
    ArrowUp: () => addDays(at, -7),
    ArrowDown: () => addDays(at, 7),
    Home: () => addDays(at, -weekdayOf(at)),
    End: () => addDays(at, 6 - weekdayOf(at)),
    PageUp: () => addMonths(at, -1),
    PageDown: () => addMonths(at, 1),
  }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  walk(to());
}
