/** The fan and the back-test in each of their states. */
import { Backtest } from '../marks/backtest.tsx';
import type { BacktestPoint } from '../marks/backtest-shape.ts';
import type { FanLine, FanProps } from '../marks/fan-room.ts';
import type { FanPoint } from '../marks/fan-shape.ts';
import { Fan } from '../marks/fan.tsx';
import { Example, Group } from './example.tsx';

/** 25 November 2026. */
const NOW = 20_782;
const BACK = 84;
const AHEAD = 67;
const LEVEL = 44_000;

function course(from: number, to: number, slope: number): FanPoint[] {
  return Array.from({ length: to - from + 1 }, (_, at) => ({
    day: from + at,
    value: LEVEL * (1 + 0.02 * Math.sin((from + at) / 9)) + slope * at,
  }));
}

const line = (name: string, slope: number, picked = false): FanLine => ({
  key: name,
  name,
  value: `$${((LEVEL + slope * AHEAD) / 1000).toFixed(1)}k`,
  change: slope === 0 ? '' : `${slope > 0 ? '+' : '−'}${Math.abs((slope * AHEAD * 100) / LEVEL).toFixed(0)}%`,
  note: picked ? 'P10–P90 $24.0–33.0k' : '',
  picked,
  points: course(NOW, NOW + AHEAD, slope),
});

const ALONE: FanProps = {
  actual: course(NOW - BACK, NOW, 0),
  lines: [line('As it goes', 0, true)],
  band: [],
  plans: [],
  budget: undefined,
  crossings: [],
  marks: [],
  swing: undefined,
  name: 'Monthly cost with its forecast.',
  caption: 'No budget, no plan, no scenario.',
  sayAt: (day) => `Day ${day - NOW}`,
};

const picked = line('Levers applied', -220, true);
const FULL: FanProps = {
  ...ALONE,
  lines: [
    line('As it goes', 0),
    line('Adoption +40%', 240),
    line('A context that nobody looks after', 430),
    picked,
  ],
  band: picked.points.map(({ day, value }, at) => {
    const wide = (at / AHEAD) * 0.18;
    return {
      day,
      low: value * (1 - wide),
      midLow: value * (1 - wide / 2),
      midHigh: value * (1 + wide / 2),
      high: value * (1 + wide),
    };
  }),
  plans: [{ from: NOW + 6, to: NOW + 36, amount: 47_000 }],
  budget: { amount: 52_000, text: 'budget $52.0k a month' },
  crossings: [
    { day: NOW + 20, text: '15 Dec, A context that nobody looks after' },
    { day: NOW + 34, text: '29 Dec, Adoption +40%' },
  ],
  marks: [
    { day: NOW - 60, text: 'calls ×1.18' },
    { day: NOW - 56, text: 'input tokens set aside' },
    { day: NOW - 2, text: 'price of gpt-4o' },
  ],
  swing: { from: 'A context that nobody looks after', to: 'Levers applied', text: 'swing $43,600 a month' },
  caption: 'Four scenarios, one in question.',
};

export function FanStates() {
  return (
    <Group title="Fan" note="only the scenario in question has an area">
      <Example name="Scenarios, budget, plan, marks">
        <Fan {...FULL} />
      </Example>
      <Example name="The forecast alone">
        <Fan {...ALONE} />
      </Example>
      <Example name="Less than a week">
        <Fan {...ALONE} actual={[]} lines={[]} />
      </Example>
    </Group>
  );
}

function judged(count: number, missed: number): BacktestPoint[] {
  return Array.from({ length: count }, (_, at) => {
    const forecast = 9_300 + 200 * Math.sin(at);
    const actual = at === missed ? forecast * 1.09 : forecast * (1 + 0.02 * Math.sin(at * 3));
    return {
      key: String(at),
      label: `${at + 1} Oct`,
      forecast,
      actual,
      low: forecast * 0.95,
      high: forecast * 1.05,
      inside: at !== missed,
      error: '−8.3%',
      said: `${at + 1} Oct: ${at === missed ? 'missed' : 'inside'}`,
    };
  });
}

export function BacktestStates() {
  return (
    <Group title="Back-test" note="misses are named">
      <Example name="One miss">
        <Backtest points={judged(8, 4)} name="7 of 8 weeks inside." />
      </Example>
      <Example name="The last one missed">
        <Backtest points={judged(12, 11)} name="11 of 12 months inside." />
      </Example>
      <Example name="Nothing to judge">
        <Backtest points={[]} name="" />
      </Example>
    </Group>
  );
}
