/** The geometry of the dial: which stretch of the unit its arc is, where its ticks stand, and what colour each has. */

export interface DialInput {
  readonly now: number | undefined;
  readonly interval?: readonly [number, number] | undefined;
  readonly band?: { readonly low: number; readonly set: number; readonly high: number } | undefined;
  readonly gated?: number | undefined;
}

/** Degrees, clockwise from straight up. */
const FIRST = -135;
const LAST = 135;
const MOST_TICKS = 90;

export interface DialScale {
  readonly from: number;
  readonly to: number;
  /** What one tick is worth: 1, 2.5 or 5 of a power of ten, so that the distance can be counted. */
  readonly step: number;
}

/** @returns undefined where there is neither a reading nor a band. */
export function dialScale({ now, interval = [0, 0], band, gated }: DialInput): DialScale | undefined {
  const known = [now, ...(now === undefined ? [] : interval), band?.low, band?.high, gated];
  const all = known.filter((one): one is number => one !== undefined && one > 0);
  if (all.length === 0) return undefined;
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const pad = (most - least) * 0.3 || most * 0.3;
  const [low, high] = [Math.max(0, least - pad), most + pad];
  const step = stepFor(high - low);
  const from = Math.max(0, Math.floor(low / step) * step);
  return { from, to: from + Math.ceil((high - from) / step) * step, step };
}

function stepFor(reach: number): number {
  const rough = reach / MOST_TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2.5, 5, 10].map((one) => one * power).find((one) => reach / one <= MOST_TICKS - 2);
  return step ?? rough;
}

export function angleOf(value: number, { from, to }: DialScale): number {
  const share = Math.max(0, Math.min(1, (value - from) / (to - from)));
  return FIRST + share * (LAST - FIRST);
}

export interface DialTick {
  readonly angle: number;
  readonly look: 'in' | 'over' | '';
}

/** Red are the ticks between band and reading, and only where the whole interval is outside the band. */
export function dialTicks(scale: DialScale, { now, interval, band }: DialInput): DialTick[] {
  const { from, to, step } = scale;
  const count = Math.round((to - from) / step);
  const outside = band === undefined || now === undefined ? undefined : overshoot({ now, interval, band });
  const slack = step * 1e-6;
  return Array.from({ length: count + 1 }, (_, at) => {
    const value = from + at * step;
    const isIn = band !== undefined && value >= band.low - slack && value <= band.high + slack;
    const isOver = outside !== undefined && value > outside[0] - slack && value < outside[1] + slack;
    return { angle: angleOf(value, scale), look: isIn ? 'in' : isOver ? 'over' : '' };
  });
}

interface Judged {
  readonly now: number;
  readonly interval: DialInput['interval'];
  readonly band: NonNullable<DialInput['band']>;
}

/** The stretch between the band and the reading; none where the interval touches the band: there is no evidence then. */
export function overshoot({ now, interval = [now, now], band }: Judged): [number, number] | undefined {
  if (interval[0] > band.high) return [band.high, now];
  if (interval[1] < band.low) return [now, band.low];
  return undefined;
}
