/** Bars, sparklines and waterfalls in each of their states. */
import { useState } from 'react';

import { SpendBars } from '../marks/spend-bars.tsx';
import type { BarBucket, BarSeries, SpendBarsProps } from '../marks/bars.ts';
import { Sparkline } from '../marks/sparkline.tsx';
import { Waterfall } from '../waterfall.tsx';
import { Example, Group } from './example.tsx';
import { bucketsOf, ghostOf, seriesOf } from './samples.ts';

const DAYS = 14;
const MANY = 400;
const TRILLION = 1_000_000_000_000n;

type Look = Partial<Pick<SpendBarsProps, 'ghost' | 'notes' | 'kind'>>;

function Bars(
  props: Look & {
    readonly name: string;
    readonly buckets: readonly BarBucket[];
    readonly series: readonly BarSeries[];
    readonly caption: string;
  },
) {
  const { name, kind = 'bars', ...rest } = props;
  const [lit, setLit] = useState<string>();
  const [did, setDid] = useState('');
  return (
    <Example name={name}>
      <SpendBars
        {...{ kind, lit, ...rest }}
        height={200}
        onLit={setLit}
        onOpen={(bucket, series) =>
          setDid(`Opens ${rest.buckets[bucket]?.label}${series === undefined ? '' : `, ${series}`}`)
        }
        onRange={(first, last) =>
          setDid(`Chooses ${rest.buckets[first]?.label} to ${rest.buckets[last]?.label}`)
        }
      />
      {did !== '' && <p className="small">{did}</p>}
    </Example>
  );
}

export function BarStates() {
  const usual = { buckets: bucketsOf(DAYS), series: seriesOf(DAYS, 1_400) };
  const ahead = bucketsOf(DAYS, (at) => ({
    forecast: at > 9,
    partial: at === 9,
    ...(at === 9 && { expected: 3_900n * TRILLION }),
    unknown: at === 2,
  }));
  const running = seriesOf(DAYS, 1_400).map((one) => ({
    ...one,
    amounts: one.amounts.map((amount, at) => (at === 9 ? amount / 2n : at === 2 ? 0n : amount)),
  }));
  const credit = seriesOf(DAYS, 900, 2).map((one, which) => ({
    ...one,
    amounts: one.amounts.map((amount, at) => (which === 1 && at % 3 === 0 ? -amount : amount)),
  }));
  return (
    <Group title="Spend bars" note="drag over them, or walk them with the arrow keys">
      <Bars
        name="Normal, with the period before"
        {...usual}
        ghost={ghostOf(DAYS, 1_400)}
        notes={[{ at: 4, label: 'v6 promoted' }]}
        caption="14 days by workflow; the period before stands behind in grey."
      />
      <Bars
        name="Partial, forecast, unknown"
        buckets={ahead}
        series={running}
        caption="10 Nov is not over; from 11 Nov on it is a forecast; 3 Nov was not measured."
      />
      <Bars
        name="Summed up"
        kind="cumulative"
        buckets={ahead.map((one) => ({ ...one, unknown: false }))}
        series={running}
        ghost={ghostOf(DAYS, 1_400)}
        caption="The same 14 days, summed up; the period before is dashed."
      />
      <Bars
        name="Below zero"
        buckets={bucketsOf(DAYS)}
        series={credit}
        caption="Credits stand below the line."
      />
      <Bars name="One point" buckets={bucketsOf(1)} series={seriesOf(1, 40, 2)} caption="One day." />
      <Bars name="400 points" buckets={bucketsOf(MANY)} series={seriesOf(MANY, 1_400)} caption="400 hours." />
      <Bars
        name="Huge"
        buckets={bucketsOf(DAYS)}
        series={seriesOf(DAYS, 4_200_000_000)}
        caption="Billions of dollars."
      />
      <Bars
        name="Tiny"
        buckets={bucketsOf(DAYS)}
        series={seriesOf(DAYS, 0.000_21)}
        caption="Far below a cent."
      />
      <Bars name="Empty" buckets={[]} series={[]} caption="" />
    </Group>
  );
}

const COURSE = [3n, 4n, 3n, 5n, 4n, 6n, 5n, 7n];

export function SparklineStates() {
  const many = Array.from({ length: MANY }, (_, at) => BigInt(Math.round(Math.sin(at / 9) * 300) + 500));
  const states = [
    { name: 'Normal', amounts: COURSE },
    { name: 'In its hue', amounts: COURSE, hue: 'k1' },
    { name: 'One point', amounts: [4n] },
    { name: 'Below zero', amounts: COURSE.map((amount) => amount - 5n) },
    { name: 'All alike', amounts: COURSE.map(() => 5n) },
    { name: '400 points', amounts: many },
    { name: 'Huge', amounts: COURSE.map((amount) => amount * 10n ** 24n) },
    { name: 'Empty', amounts: [] },
  ];
  return (
    <Group title="Sparkline" note="in a row or a tile, whose figures it goes with">
      <ul className="gallery-row">
        {states.map(({ name, hue = '', amounts }) => (
          <li key={name}>
            <h3>{name}</h3>
            <Sparkline {...{ amounts, hue }} />
          </li>
        ))}
      </ul>
    </Group>
  );
}

const STEPS = [
  { label: 'Calls', note: 'demand', amount: 9200, judged: false },
  { label: 'Context', note: 'tokens a call', amount: 1900, judged: true },
  { label: 'Rate', note: 'price', amount: -2600, judged: true },
  { label: 'Mix', note: 'workflow, model', amount: -2400, judged: true },
];

export function WaterfallStates() {
  const from = { label: 'September', amount: 103900 };
  const to = { label: 'October', amount: 110000 };
  const sentence = 'From $103,900 to $110,000.';
  return (
    <Group title="Waterfall" note="steps add up to the picodollar">
      <Example name="Normal, columns cut">
        <Waterfall {...{ from, to, sentence }} steps={STEPS} />
      </Example>
      <Example name="Below zero">
        <Waterfall
          from={{ label: 'Before', amount: 120 }}
          to={{ label: 'After', amount: -40 }}
          steps={[
            { label: 'Credits', note: 'provider', amount: -210, judged: false },
            { label: 'Calls', note: 'demand', amount: 50, judged: false },
          ]}
          sentence="From $120 to a credit of $40."
        />
      </Example>
      <Example name="Tiny">
        <Waterfall
          from={{ label: 'Before', amount: 0.000003 }}
          to={{ label: 'After', amount: 0.000004 }}
          steps={[{ label: 'Calls', note: 'demand', amount: 0.000001, judged: false }]}
          sentence="Far below a cent."
        />
      </Example>
      <Example name="Huge">
        <Waterfall
          from={{ label: 'Before', amount: 1039000000 }}
          to={{ label: 'After', amount: 1100000000 }}
          steps={[{ label: 'Calls', note: 'demand', amount: 61_000_000, judged: false }]}
          sentence="Billions."
        />
      </Example>
      <Example name="No step">
        <Waterfall
          from={from}
          to={{ ...to, amount: from.amount }}
          steps={[]}
          sentence="Nothing changed."
          caption="Nothing changed."
        />
      </Example>
    </Group>
  );
}
