/** Coverage as a line against its target. A week that is still filling, or was cut by the period, is drawn dotted. */
import type { CoverageAnswer } from '../../../api/contract/attribution.ts';
import { shareText } from '../../../units/figures.ts';
import { dayText } from '../../parts/instants.ts';
import { pointsText } from '../../parts/points.ts';

const WIDTH = 720;
const HEIGHT = 190;
const LEFT = 40;
const RIGHT = 56;
const TOP = 14;
const FLOOR = 160;
const WEEK_MS = 7 * 86_400_000;
const MOST_LABELS = 7;

interface Point {
  readonly period: string;
  readonly share: number;
  /** Wholly inside the period that was asked for. */
  readonly whole: boolean;
}

export function CoverageFigure({ data }: { readonly data: CoverageAnswer }) {
  const points = pointsOf(data);
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return null;
  const least = Math.min(data.target, ...points.map(({ share }) => share));
  const floor = Math.max(0, Math.floor((least - 0.02) * 20) / 20);
  const x = (at: number): number =>
    points.length === 1
      ? (LEFT + WIDTH - RIGHT) / 2
      : LEFT + (at / (points.length - 1)) * (WIDTH - LEFT - RIGHT);
  const y = (share: number): number => FLOOR - ((share - floor) / (1 - floor)) * (FLOOR - TOP);
  const sentence = trendText(first, last, data.target);
  const step = Math.ceil(points.length / MOST_LABELS);
  return (
    <figure className="wide-figure" tabIndex={0}>
      <svg className="plot" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={sentence}>
        {[floor, (floor + 1) / 2, 1].map((share) => (
          <g key={share}>
            <line className="tick" x1={LEFT} y1={y(share)} x2={WIDTH - RIGHT} y2={y(share)} opacity={0.6} />
            <text className="t e q" x={LEFT - 6} y={y(share) + 4}>
              {Math.round(share * 1000) / 10}%
            </text>
          </g>
        ))}
        <line className="f-target" x1={LEFT} y1={y(data.target)} x2={WIDTH - RIGHT} y2={y(data.target)} />
        <text className="t s accent" x={LEFT + 4} y={y(data.target) - 5}>
          target {shareText(data.target)}
        </text>
        {points.slice(1).map((point, at) => (
          <line
            key={point.period}
            className={point.whole && (points[at]?.whole ?? false) ? 'f-line' : 'f-line partial'}
            x1={x(at)}
            y1={y(points[at]?.share ?? 0)}
            x2={x(at + 1)}
            y2={y(point.share)}
          />
        ))}
        {points.map((point, at) => (
          <g key={point.period}>
            <circle
              className={point.whole ? 'f-actual' : 'f-open'}
              cx={x(at)}
              cy={y(point.share)}
              r={at === points.length - 1 ? 3.5 : 2.5}
            />
            {at % step === 0 && (
              <text className="t m q" x={x(at)} y={FLOOR + 18}>
                {dayText(point.period)}
              </text>
            )}
          </g>
        ))}
        <text className="t b s" x={x(points.length - 1) + 8} y={y(last.share) + 4}>
          {shareText(last.share, 1)}
        </text>
      </svg>
      <figcaption>
        {sentence} Weeks begin on Monday; an open circle is a week that is cut or still filling.
        {floor > 0 && ` The axis begins at ${shareText(floor)}.`}
      </figcaption>
    </figure>
  );
}

/** The weeks that spent something. */
export function pointsOf(data: CoverageAnswer): Point[] {
  const [from, to] = [Date.parse(data.during.from), Date.parse(data.asOf)];
  return data.over.flatMap(({ period, fields }) => {
    const share = fields.workflow.share;
    const begin = Date.parse(period);
    return share === null ? [] : [{ period, share, whole: begin >= from && begin + WEEK_MS <= to }];
  });
}

function trendText(first: Point, last: Point, target: number): string {
  const where = `${shareText(last.share, 1)} in the week of ${dayText(last.period)}`;
  const aim = last.share >= target ? 'above' : 'below';
  const beside = `${pointsText(last.share - target)} ${aim} the target`;
  if (first === last) return `Coverage was ${where}, ${beside}.`;
  const way = last.share >= first.share ? 'rose' : 'fell';
  return `Coverage ${way} from ${shareText(first.share, 1)} in the week of ${dayText(first.period)} to ${where}, ${beside}.`;
}
