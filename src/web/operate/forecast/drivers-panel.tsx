/** Each driver for itself: where it has been, how it goes on, by which method, and how far off that method was before. */
import { useState } from 'react';

import type { DriverOfForecast, ForecastAnswer } from '../../../api/contract/forecast.ts';
import { shareText } from '../../../units/figures.ts';
import { dayText } from '../../parts/instants.ts';
import { LineBand } from '../../parts/marks/line-band.tsx';
import type { LinePoint } from '../../parts/marks/line-shape.ts';
import { DRIVER_LABELS, driverText, errorText, METHOD_LABELS, skillText } from './words.ts';

export function DriversPanel({ answer }: { readonly answer: ForecastAnswer }) {
  const { drivers } = answer;
  const [shown, setShown] = useState<string>(drivers.find(({ driver }) => driver === 'calls')?.driver ?? '');
  const open = drivers.find(({ driver }) => driver === shown);
  return (
    <section className="card">
      <header>
        <h2>How each driver goes on</h2>
        <p>error and coverage measured in the back-test, beside seasonal naive</p>
      </header>
      <div className="scroll" role="region" tabIndex={0} aria-label="Drivers and their methods">
        <table>
          <caption className="sr">Drivers, methods and back-tests</caption>
          <thead>
            <tr>
              <th scope="col">Driver</th>
              {['Last 28 days', 'Error (WAPE)', 'Seasonal naive', 'Coverage'].map((head) => (
                <th key={head} scope="col" className="num">
                  {head}
                </th>
              ))}
              <th scope="col">Basis</th>
              <th scope="col">Method</th>
            </tr>
          </thead>
          <tbody>
            {drivers.map((one) => (
              <DriverLine
                key={one.driver}
                one={one}
                level={answer.level}
                isOpen={one === open}
                onOpen={setShown}
              />
            ))}
          </tbody>
        </table>
      </div>
      {open !== undefined && <Course one={open} />}
    </section>
  );
}

interface DriverLineProps {
  readonly one: DriverOfForecast;
  readonly level: number;
  readonly isOpen: boolean;
  readonly onOpen: (driver: string) => void;
}

function DriverLine({ one, level, isOpen, onOpen }: DriverLineProps) {
  const { driver, basis, now, backtest, method, skill, tried } = one;
  const perDay = driver === 'calls' || driver === 'actions';
  const others = tried
    .map((other) => `${METHOD_LABELS[other.method]} ${shareText(other.wape, 1)}`)
    .join(', ');
  return (
    <tr className={isOpen ? 'picked' : ''}>
      <td>
        <button type="button" className="proof strong" aria-expanded={isOpen} onClick={() => onOpen(driver)}>
          {DRIVER_LABELS[driver]}
        </button>
      </td>
      <td className="num">
        {driverText(driver, now)}
        {perDay && now !== null && <span className="quiet"> a day</span>}
      </td>
      <td className="num" title={others === '' ? undefined : `Tried: ${others}`}>
        {shareText(backtest?.wape, 1)}
      </td>
      <td className="num soft">{shareText(backtest?.naiveWape, 1)}</td>
      <td className="num" title={`Share of held-out days inside an interval of ${shareText(level)}`}>
        {shareText(backtest?.coverage)}
      </td>
      <td>
        <span className={`chip ${basis === 'measured' ? '' : basis === 'estimated' ? 'hatched' : 'warn'}`}>
          {basis}
        </span>
      </td>
      <td className={skill === 'none' ? 'warn' : ''}>
        {method === null
          ? one.ahead.length > 0
            ? 'each workflow by itself, added up'
            : 'carried on'
          : METHOD_LABELS[method]}
        {method !== null && <small>{skillText(skill)}</small>}
      </td>
    </tr>
  );
}

const WEEK = 7;
const WEEKS_BACK = 26;

function Course({ one }: { readonly one: DriverOfForecast }) {
  const { driver, sentence, shifts, setAside } = one;
  const points = weeksOf(one);
  const known = [
    ...shifts.map(({ date, factor, found, name }) => ({
      date,
      text: `${name === '' ? 'level' : name} ×${factor.toFixed(2)}, ${found ? 'found in the data' : 'known'}`,
    })),
    ...setAside.map(({ date, value, expected }) => ({
      date,
      text: `set aside: ${driverText(driver, value)} where ${driverText(driver, expected)} was expected`,
    })),
  ].toSorted((a, b) => (a.date < b.date ? 1 : -1));
  return (
    <div className="body">
      <LineBand
        points={points}
        caption={sentence}
        tick={(value, decimals) => (driver === 'cachedShare' ? shareText(value) : tickText(value, decimals))}
      />
      {known.length > 0 && (
        <ul className="small quiet marks-list">
          {known.slice(0, 8).map(({ date, text }) => (
            <li key={`${date} ${text}`}>
              {dayText(date)}: {text}
            </li>
          ))}
          {known.length > 8 && <li>and {known.length - 8} earlier</li>}
        </ul>
      )}
    </div>
  );
}

function tickText(value: number, decimals: number): string {
  return value.toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** Weeks, since days of the week differ: means of what was, and of what is ahead with its interval. */
function weeksOf({ driver, history, ahead }: DriverOfForecast): LinePoint[] {
  const reading = (value: number) => ({ at: value, text: driverText(driver, value) });
  const was = chunks(history.slice(-WEEKS_BACK * WEEK), true).map((week): LinePoint => {
    const values = week.flatMap(({ value }) => (value === null ? [] : [value]));
    const date = week[0]?.date ?? '';
    return {
      key: date,
      label: dayText(date),
      value: values.length === 0 ? undefined : reading(mean(values)),
    };
  });
  const comes = chunks(ahead, false).map((week): LinePoint => {
    const date = week[0]?.date ?? '';
    return {
      key: date,
      label: dayText(date),
      value: reading(mean(week.map(({ value }) => value))),
      interval: [reading(mean(week.map(({ low }) => low))), reading(mean(week.map(({ high }) => high)))],
      forecast: true,
    };
  });
  return [...was, ...comes];
}

/** Whole weeks, counted back from the end or on from the beginning. */
function chunks<T>(days: readonly T[], fromEnd: boolean): T[][] {
  const rest = days.length % WEEK;
  const whole = fromEnd ? days.slice(rest) : days.slice(0, days.length - rest);
  return Array.from({ length: whole.length / WEEK }, (_, at) => whole.slice(at * WEEK, (at + 1) * WEEK));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / Math.max(values.length, 1);
}

/** The error of all in one line, for the card of the whole. */
export function backtestText({ backtest, skill }: ForecastAnswer): string {
  const { folds, horizonDays, wape, naiveWape } = backtest;
  if (wape === null) return 'Too little history to say how far off this may be.';
  const naive = naiveWape === null ? '' : `, seasonal naive ${errorText(naiveWape).slice(1)}`;
  return `Error ${errorText(wape).slice(1)} over ${folds} tests of ${horizonDays} days${naive}: ${skillText(skill)}.`;
}
