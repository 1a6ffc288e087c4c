/**
 * The product's emblem: where a unit cost stands, where it should stand, and the distance to count. Triangle and arc: setpoint
 * and band. Long tick: now. Open circle: gated, not yet real. One dial per page, never for a volume.
 */
import { arc as arcPath } from '@visx/shape';

import { angleOf, dialScale, dialTicks, overshoot } from './dial-shape.ts';
import type { DialScale } from './dial-shape.ts';
import type { TargetBand } from './line-band.tsx';
import { Drawing, PlotFrame } from './plot-frame.tsx';
import type { Reading } from './reading.ts';
import { useWalk } from './walk.ts';

interface DialProps {
  readonly now: Reading | undefined;
  readonly interval?: readonly [Reading, Reading];
  readonly band?: TargetBand;
  /** What passed the gate and is not in force yet. */
  readonly gated?: Reading;
  /** `per resolved conversation`. */
  readonly unit: string;
  readonly caption: string;
  /** How far it is from the band, as written where the exact amount is known. */
  readonly gap?: string;
}

const WIDTH = 300;
const HEIGHT = 232;
const CENTER = { x: WIDTH / 2, y: 122 };
const OUTER = 104;
const INNER = 90;
const ZONE = 112;
const TO_RADIANS = Math.PI / 180;

export function Dial(props: DialProps) {
  const { now, interval, band, gated, unit, caption, gap } = props;
  const input = {
    now: now?.at,
    interval: interval && ([interval[0].at, interval[1].at] as const),
    band: band && { low: band.low.at, set: band.set.at, high: band.high.at },
    gated: gated?.at,
  };
  const facts = factsOf(props);
  const walk = useWalk({ count: facts.length, sayAt: (at) => facts[at] ?? '' });
  const scale = dialScale(input);
  if (scale === undefined) return <p className="quiet">Not measured yet, and no setpoint is set.</p>;
  const isOut =
    now !== undefined &&
    input.band !== undefined &&
    overshoot({ now: now.at, interval: input.interval, band: input.band }) !== undefined;
  return (
    <PlotFrame name={caption} caption={caption} walk={walk} look="">
      {(width) => (
        <Drawing width={width} height={HEIGHT} look="dial">
          <g transform={`translate(${width / 2 - CENTER.x} 0)`}>
            {dialTicks(scale, input).map(({ angle, look }) => (
              <Radial key={angle} className={`ring ${look}`} {...{ angle }} from={INNER} to={OUTER} />
            ))}
            {band !== undefined && <Target {...{ band, scale }} />}
            {now !== undefined && (
              <Radial className="needle" angle={angleOf(now.at, scale)} from={INNER - 10} to={OUTER + 8} />
            )}
            {gated !== undefined && <Gated {...{ gated, scale }} />}
            <text className="reading" x={CENTER.x} y={CENTER.y + 12}>
              {now?.text ?? '–'}
            </text>
            <text className="t m" x={CENTER.x} y={CENTER.y + 34}>
              {now === undefined ? 'not measured' : unit}
            </text>
            {interval !== undefined && (
              <text className="t m q" x={CENTER.x} y={CENTER.y + 50}>
                [{interval[0].text}, {interval[1].text}]
              </text>
            )}
            {gap !== undefined && (
              <text className={`t m b ${isOut ? 'bad' : ''}`} x={CENTER.x} y={HEIGHT - 8}>
                {gap}
              </text>
            )}
          </g>
        </Drawing>
      )}
    </PlotFrame>
  );
}

function placeAt(angle: number, radius: number): { readonly x: number; readonly y: number } {
  const turn = angle * TO_RADIANS;
  return { x: CENTER.x + radius * Math.sin(turn), y: CENTER.y - radius * Math.cos(turn) };
}

interface RadialProps {
  readonly className: string;
  readonly angle: number;
  readonly from: number;
  readonly to: number;
}

function Radial({ className, angle, from, to }: RadialProps) {
  const [a, b] = [placeAt(angle, from), placeAt(angle, to)];
  return <line className={className} x1={a.x} y1={a.y} x2={b.x} y2={b.y} />;
}

function Target({ band, scale }: { readonly band: TargetBand; readonly scale: DialScale }) {
  const arc = arcPath({
    innerRadius: ZONE,
    outerRadius: ZONE,
    startAngle: angleOf(band.low.at, scale) * TO_RADIANS,
    endAngle: angleOf(band.high.at, scale) * TO_RADIANS,
  });
  const at = angleOf(band.set.at, scale);
  const tip = placeAt(at, ZONE + 4);
  return (
    <>
      <path className="zone" transform={`translate(${CENTER.x} ${CENTER.y})`} d={arc(undefined) ?? ''} />
      <path className="set" transform={`translate(${tip.x} ${tip.y}) rotate(${at})`} d="M0 0l-5 -9h10z" />
    </>
  );
}

function Gated({ gated, scale }: { readonly gated: Reading; readonly scale: DialScale }) {
  const { x, y } = placeAt(angleOf(gated.at, scale), INNER - 8);
  return <circle className="gated" cx={x} cy={y} r={4} />;
}

function factsOf({ now, interval, band, gated, unit, gap }: DialProps): string[] {
  const within = interval === undefined ? '' : `, between ${interval[0].text} and ${interval[1].text}`;
  const facts = [
    now === undefined ? 'Now: not measured' : `Now: ${now.text} ${unit}${within}`,
    band && `Setpoint: ${band.set.text}, band ${band.low.text} to ${band.high.text}`,
    gated && `Gated: ${gated.text}`,
    gap,
  ];
  return facts.filter((fact) => fact !== undefined);
}
