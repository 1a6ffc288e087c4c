/** Lines, intervals, the dial, the dollar, budgets and tornadoes in each of their states. */
import { BurnBar } from '../marks/burn-bar.tsx';
import { Dial } from '../marks/dial.tsx';
import { DollarStrip } from '../marks/dollar-strip.tsx';
import { IntervalBar } from '../marks/interval-bar.tsx';
import { LineBand } from '../marks/line-band.tsx';
import { Tornado } from '../marks/tornado.tsx';
import { Example, Group } from './example.tsx';
import { pointsOf, reading } from './samples.ts';

const WEEKS = 16;
const MANY = 400;
const BAND = { low: reading(0.072), set: reading(0.08), high: reading(0.088) };
const UNIT = 'per resolved conversation';

export function LineStates() {
  return (
    <Group title="Line with a band" note="no line where nothing was measured">
      <Example name="Measured from a date on, with a setpoint">
        <LineBand
          points={pointsOf(WEEKS, { around: 0.16, measuredFrom: 5 })}
          band={BAND}
          caption="Cost per resolved conversation by week, 95% interval."
        />
      </Example>
      <Example name="Forecast from a date on">
        <LineBand
          points={pointsOf(WEEKS, { around: 0.12, forecastFrom: 9 })}
          band={BAND}
          caption="From 10 Nov on it is a forecast."
        />
      </Example>
      <Example name="One point">
        <LineBand points={pointsOf(1, { around: 0.16 })} caption="One week." />
      </Example>
      <Example name="Below zero">
        <LineBand points={pointsOf(WEEKS, { around: -40 })} caption="A saving that was a loss." />
      </Example>
      <Example name="400 points">
        <LineBand points={pointsOf(MANY, { around: 0.16 })} caption="400 hours." />
      </Example>
      <Example name="Tiny">
        <LineBand points={pointsOf(WEEKS, { around: 0.000_03 })} caption="Far below a cent." />
      </Example>
      <Example name="Not measured">
        <LineBand points={pointsOf(WEEKS, { around: 1, measuredFrom: WEEKS })} caption="" />
      </Example>
    </Group>
  );
}

export function DialStates() {
  return (
    <Group title="Dial" note="one a page, never for a volume">
      <Example name="Above the band">
        <Dial
          now={reading(0.169)}
          interval={[reading(0.166), reading(0.171)]}
          band={BAND}
          gated={reading(0.079)}
          unit={UNIT}
          caption="Now $0.169, the setpoint is $0.08; with v7, gated, $0.079."
        />
      </Example>
      <Example name="Within">
        <Dial
          now={reading(0.081)}
          interval={[reading(0.079), reading(0.084)]}
          band={BAND}
          unit={UNIT}
          caption="Within the band."
        />
      </Example>
      <Example name="Not clear">
        <Dial
          now={reading(0.093)}
          interval={[reading(0.084), reading(0.102)]}
          band={BAND}
          unit={UNIT}
          caption="Its interval reaches the band."
        />
      </Example>
      <Example name="Not measured">
        <Dial now={undefined} band={BAND} unit={UNIT} caption="Not measured yet." />
      </Example>
      <Example name="No setpoint">
        <Dial now={reading(0.169)} unit={UNIT} caption="Nobody has said what it should be." />
      </Example>
    </Group>
  );
}

const DOLLAR = {
  system: 820n,
  tools: 1_200n,
  history: 3_100n,
  retrieval: 2_700n,
  user: 600n,
  overhead: 90n,
  text: 900n,
  reasoning: 400n,
  toolCalls: 190n,
};

export function DollarStates() {
  return (
    <Group title="One dollar" note="the cents sum to a hundred">
      <Example name="Normal, with what levers reach">
        <DollarStrip
          amounts={DOLLAR}
          reaches={[
            { label: 'safe compression, in force', parts: ['system', 'tools'], inForce: true },
            { label: 'compression of the rest', parts: ['history', 'retrieval'], inForce: false },
          ]}
        />
      </Example>
      <Example name="A part that is not known">
        <DollarStrip amounts={{ ...DOLLAR, unknown: 2_200n }} />
      </Example>
      <Example name="Fees, and a part that was given back">
        <DollarStrip amounts={{ ...DOLLAR, fees: 1_400n, media: -(10n ** 12n) }} />
      </Example>
      <Example name="All unknown">
        <DollarStrip amounts={{ unknown: 5n }} />
      </Example>
      <Example name="One part, and traces">
        <DollarStrip amounts={{ text: 10n ** 24n, user: 1n, media: 10n ** 20n }} />
      </Example>
      <Example name="Empty">
        <DollarStrip amounts={{ text: 0n }} />
      </Example>
    </Group>
  );
}

/** Points, with a sign. */
function points(at: number) {
  return reading(at, `${at < 0 ? '−' : '+'}${Math.abs(at).toFixed(1)}`);
}

export function IntervalStates() {
  const rows = [
    { key: 'a', label: 'Safe compression', low: points(-0.9), at: points(0.4), high: points(1.7) },
    { key: 'b', label: 'Routing', low: points(-3.4), at: points(-1.8), high: points(-0.2) },
    { key: 'c', label: 'Aggressive compression', low: points(-9.6), at: points(-7), high: points(-4.4) },
  ];
  const limit = { ...points(-3), label: 'margin' };
  return (
    <Group title="Interval" note="one that holds the limit decides nothing">
      <Example name="Normal">
        <IntervalBar {...{ rows, limit }} caption="Change of the pass rate in points, 95% interval." />
      </Example>
      <Example name="One row, no limit">
        <IntervalBar rows={rows.slice(0, 1)} caption="One row." />
      </Example>
      <Example name="Empty">
        <IntervalBar rows={[]} caption="" />
      </Example>
    </Group>
  );
}

export function BurnStates() {
  const cap = reading(12_000, '$12,000');
  const thresholds = [{ percent: 80, action: 'warns' }];
  return (
    <Group title="Budget" note="triangle: time gone">
      <Example name="Within">
        <BurnBar
          {...{ cap, thresholds }}
          spent={reading(5_760, '$5,760')}
          presumed={reading(240, '$240')}
          reserved={reading(360, '$360')}
          projected={reading(9_400, '$9,400')}
          gone={0.61}
          caption="Spent 48%, 5% presumed or reserved."
        />
      </Example>
      <Example name="Will be passed">
        <BurnBar
          {...{ cap, thresholds }}
          spent={reading(9_360, '$9,360')}
          projected={reading(15_300, '$15,300')}
          breach="24 Nov"
          gone={0.61}
          caption="Ahead of the pace."
        />
      </Example>
      <Example name="Passed fivefold">
        <BurnBar {...{ cap, thresholds }} spent={reading(60_000, '$60,000')} caption="Long used up." />
      </Example>
      <Example name="Nothing spent">
        <BurnBar {...{ cap, thresholds }} spent={reading(0, '$0')} gone={0} caption="The window begins." />
      </Example>
    </Group>
  );
}

export function TornadoStates() {
  const rows = [
    { key: 'calls', label: 'Calls', low: reading(88_000, '$88.0k'), high: reading(131_000, '$131.0k') },
    { key: 'context', label: 'Context', low: reading(96_000, '$96.0k'), high: reading(139_000, '$139.0k') },
    { key: 'rate', label: 'Rate', low: reading(118_000, '$118.0k'), high: reading(106_000, '$106.0k') },
  ];
  const base = reading(110_000, '$110.0k as it is');
  return (
    <Group title="Tornado" note="the widest swing on top">
      <Example name="Normal">
        <Tornado {...{ rows, base }} caption="What next month hangs on: each driver alone." />
      </Example>
      <Example name="A driver without a swing">
        <Tornado
          rows={[{ key: 'a', label: 'Rate', low: base, high: base }]}
          base={base}
          caption="It hangs on nothing."
        />
      </Example>
      <Example name="Empty">
        <Tornado rows={[]} base={base} caption="" />
      </Example>
    </Group>
  );
}
