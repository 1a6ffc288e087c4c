/**
 * A fan: what was, and what will be under each scenario. Actual is solid, what is ahead is hatched, a plan is outlined. Only the scenario
 * in question has an area; every line is named at its end, and the bracket is what is still to be decided.
 */
import { Area, LinePath } from '@visx/shape';
import { useId } from 'react';

import { dayText, monthText } from '../instants.ts';
import { moneyTicks } from './axis-text.ts';
import { FanEnds, FanNotes } from './fan-words.tsx';
import { dateOf, monthStarts } from './fan-shape.ts';
import { FAN, roomOf } from './fan-room.ts';
import type { FanProps, FanRoom } from './fan-room.ts';
import { hatch, Hatches } from './hatches.tsx';
import { Drawing, PlotFrame } from './plot-frame.tsx';
import { useWalk } from './walk.ts';

const { HEIGHT, TOP, BOTTOM, TICKS } = FAN;
const MONTH_WIDTH = 46;
const STEP = 7;

export function Fan(props: FanProps) {
  const { actual, lines, name, caption, sayAt } = props;
  const days = daysWalked(actual, lines);
  const walk = useWalk({ count: days.length, sayAt: (at) => sayAt(days[at] ?? 0) });
  const now = actual.at(-1)?.day ?? lines[0]?.points[0]?.day;
  if (now === undefined || days.length < 2)
    return <p className="quiet">There is less than a week of history, so there is no rate to draw.</p>;
  return (
    <PlotFrame name={name} caption={caption} walk={walk}>
      {(width) => {
        const room = roomOf(props, width);
        const here = walk.here === undefined ? undefined : days[walk.here];
        const floor = HEIGHT - BOTTOM;
        return (
          <Drawing width={width} height={HEIGHT}>
            <Axes {...room} now={now} />
            <Levels {...props} room={room} />
            <FanNotes {...props} room={room} now={now} top={TOP} floor={floor} />
            <FanEnds lines={lines} swing={props.swing} room={room} top={TOP} floor={floor} />
            {here !== undefined && (
              <line className="s-acc" x1={room.x(here)} x2={room.x(here)} y1={TOP} y2={floor} />
            )}
          </Drawing>
        );
      }}
    </PlotFrame>
  );
}

/** Every seventh day back and forth from now, so that a quarter is walked in some steps. */
function daysWalked(actual: FanProps['actual'], lines: FanProps['lines']): number[] {
  const now = actual.at(-1)?.day ?? lines[0]?.points[0]?.day;
  if (now === undefined) return [];
  const first = actual[0]?.day ?? now;
  const last = Math.max(now, ...lines.map(({ points }) => points.at(-1)?.day ?? now));
  const days: number[] = [];
  for (let day = now; day >= first; day -= STEP) days.unshift(day);
  for (let day = now + STEP; day < last; day += STEP) days.push(day);
  if (last > now) days.push(last);
  return days;
}

function Axes({ x, y, left, right, narrow, now }: FanRoom & { readonly now: number }) {
  const ticks = y.ticks(TICKS);
  const text = moneyTicks(ticks);
  const id = useId();
  const [floor = 0] = y.range();
  const [from = 0, to = 0] = x.domain();
  const months = monthStarts(from, to, Math.floor((right - left) / MONTH_WIDTH));
  return (
    <>
      <Hatches id={id} />
      <rect
        x={x(now)}
        y={TOP}
        width={Math.max(right - x(now), 0)}
        height={floor - TOP}
        style={{ fill: hatch(id, 'q'), opacity: 0.45 }}
      />
      {ticks.map((one) => (
        <g key={one}>
          <line className={one === 0 ? 'base' : 'gridline'} x1={left} x2={right} y1={y(one)} y2={y(one)} />
          <text className="t r q" x={left - 6} y={y(one) + 4}>
            {text(one)}
          </text>
        </g>
      ))}
      {months.map((day) => (
        <g key={day}>
          <line className="tick" x1={x(day)} x2={x(day)} y1={floor} y2={floor + 4} />
          <text className={`t q ${x(day) > right - 20 ? 'r' : 'm'}`} x={x(day)} y={floor + 17}>
            {monthText(dateOf(day).slice(0, 7)).slice(0, 3)}
          </text>
        </g>
      ))}
      <line className="tick" x1={x(now)} x2={x(now)} y1={TOP - 14} y2={floor} />
      <text className="t r q" x={x(now) - 6} y={TOP - 10}>
        {narrow ? 'actual' : `actual to ${dayText(dateOf(now))}`}
      </text>
      <text className="t q" x={x(now) + 6} y={TOP - 10}>
        {narrow ? 'ahead' : 'forecast'}
      </text>
    </>
  );
}

/** The areas and lines themselves. */
function Levels({ actual, lines, band, plans, budget, room }: FanProps & { readonly room: FanRoom }) {
  const { x, y, left, right } = room;
  const floor = y(0);
  const area = (low: 'low' | 'midLow', high: 'high' | 'midHigh', look: string) => (
    <Area
      data={[...band]}
      x={(one) => x(one.day)}
      y0={(one) => y(one[low])}
      y1={(one) => y(one[high])}
      className={look}
    />
  );
  return (
    <>
      {area('low', 'high', 'f-fan')}
      {area('midLow', 'midHigh', 'f-fan inner')}
      {plans.map(({ from, to, amount }) => (
        <rect
          key={from}
          className="f-none s-plan"
          x={x(from)}
          y={y(amount)}
          width={x(to) - x(from)}
          height={floor - y(amount)}
        />
      ))}
      {budget !== undefined && (
        <>
          <line className="s-plan dash" x1={left} x2={right} y1={y(budget.amount)} y2={y(budget.amount)} />
          <text className="t halo" x={left + 4} y={y(budget.amount) - 6}>
            {budget.text}
          </text>
        </>
      )}
      {lines
        .toSorted((a, b) => Number(a.picked) - Number(b.picked))
        .map(({ key, points, picked }) => (
          <LinePath
            key={key}
            data={[...points]}
            x={({ day }) => x(day)}
            y={({ value }) => y(value)}
            className={picked ? 's-acc dash-long' : 's-quiet dash-long'}
          />
        ))}
      <LinePath data={[...actual]} x={({ day }) => x(day)} y={({ value }) => y(value)} className="s-actual" />
    </>
  );
}
