/**
 * How much ran in every hour: calls and tokens per lane, as whole numbers that add up to each month's own total.
 * Every month is worked out by itself, so that the known month can be made alone, to be calibrated and to be checked.
 */
import type { Usage } from '../units/tokens.ts';
import { growth, HOUR_MS, monthStart, rhythmWeight } from './calendar.ts';
import { createChance, seedOf } from './chance.ts';
import type { Chance } from './chance.ts';
import { MODELS, WORKFLOWS } from './lanes.ts';
import type { Lane, Model, Workflow } from './lanes.ts';
import { isWithin } from './stories.ts';
import type { Stories } from './stories.ts';

/** The calls of one lane in one hour (or in the few hours that small lanes are kept in), summed. */
export interface Cell {
  readonly workflow: Workflow;
  readonly lane: Lane;
  /** Names the lane among all. */
  readonly laneNumber: number;
  readonly atMs: number;
  readonly calls: number;
  readonly usage: Usage;
  /** Who answered: the lane's own model, or the one that stands in for it while its provider is out. */
  readonly served: Model;
  /** Every call was tried three times in this hour; the usage holds all of them. */
  readonly stormy: boolean;
  readonly chance: Chance;
}

/** The place of a cell's workflow in `WORKFLOWS`. */
export function workflowOf({ laneNumber }: Cell): number {
  return Math.floor(laneNumber / MOST_LANES);
}

const MOST_LANES = 8;

/** What calibration found: multiples of each workflow's typical tokens, by the workflow's place in `WORKFLOWS`. */
export interface Factors {
  readonly input: readonly number[];
  readonly output: readonly number[];
}

export const TYPICAL: Factors = { input: WORKFLOWS.map(() => 1), output: WORKFLOWS.map(() => 1) };

export const STORM_WORKFLOW = 'Support copilot';
export const OUT_PROVIDER = 'anthropic';
export const RELEASE_WORKFLOW = 'Internal knowledge bot';
/** Attempts of a call in the retry storm; of its output, what the attempts that were given up had sent. */
export const STORM_ATTEMPTS = 3;
/** Where single calls are not kept, a lane with fewer calls waits: the nights of an office make no line an hour. */
const FEW_CALLS = 80;
const QUIET_HOURS = 6;
const STORM_OUTPUT = 1.25;
const BEFORE_RELEASE = 0.5;

export interface LoadOptions {
  readonly seed: string;
  readonly stories: Stories;
  readonly factors: Factors;
}

/** Every cell of a calendar month that begins at `fromMs`, hour by hour, up to DEMO_NOW. */
export function* monthCells(fromMs: number, { seed, stories, factors }: LoadOptions): Generator<Cell> {
  const toMs = Math.min(monthStart(fromMs, 1), stories.nowMs);
  const seedNumber = seedOf(seed);
  const plans = WORKFLOWS.map((workflow, at) => new WorkflowMonth(workflow, at, fromMs, stories));
  for (let atMs = fromMs; atMs < toMs; atMs += HOUR_MS) {
    const isLast = atMs + HOUR_MS === toMs || atMs + HOUR_MS === stories.rowsFromMs;
    for (const plan of plans) {
      for (const { lane, laneNumber, calls } of plan.take(atMs, isLast)) {
        const chance = createChance(seedNumber, laneNumber, atMs / HOUR_MS);
        const stormy =
          plan.workflow.name === STORM_WORKFLOW &&
          lane.model === MODELS.opus &&
          isWithin(stories.retryStorm, atMs);
        const served = servedBy(lane, atMs, stories);
        const searches = served === lane.model ? lane.searchesPerCall : 0; // who stands in has no search
        const usage = usageOf(plan, lane, calls, { atMs, stormy, searches, chance, stories, factors });
        yield { workflow: plan.workflow, lane, laneNumber, atMs, calls, usage, served, stormy, chance };
      }
    }
  }
}

function servedBy({ model, fallback }: Lane, atMs: number, { outage }: Stories): Model {
  const out = model.provider === OUT_PROVIDER && isWithin(outage, atMs);
  return out && fallback !== undefined ? fallback : model;
}

/** Lanes of one workflow over one month, with what rounding has left over so far. */
class WorkflowMonth {
  readonly workflow: Workflow;
  readonly at: number;
  readonly #stories: Stories;
  readonly #timesCalls: number;
  readonly #due: number[];
  readonly #pending: number[];
  #fromStart = 0;
  #given = 0;

  constructor(workflow: Workflow, at: number, fromMs: number, stories: Stories) {
    this.workflow = workflow;
    this.at = at;
    this.#stories = stories;
    this.#timesCalls = workflow.calls / monthWeight(workflow, stories);
    this.#due = workflow.lanes.map(() => 0);
    this.#pending = workflow.lanes.map(() => 0);
  }

  /** Calls of each lane that are kept at this hour; lanes that wait give nothing. */
  take(
    atMs: number,
    isLast: boolean,
  ): Array<{ readonly lane: Lane; readonly laneNumber: number; readonly calls: number }> {
    this.#fromStart += this.#timesCalls * hourWeight(this.workflow, atMs, this.#stories);
    const calls = Math.round(this.#fromStart) - this.#given;
    this.#given += calls;
    this.#split(calls, atMs);
    return this.workflow.lanes.flatMap((lane, index) => {
      const kept = this.#pending[index] ?? 0;
      const every = kept < FEW_CALLS ? Math.max(QUIET_HOURS, lane.everyHours) : lane.everyHours;
      const waits =
        atMs < this.#stories.hourlyFromMs && !isLast && (atMs / HOUR_MS + index + 1) % every !== 0;
      if (waits || kept === 0) return [];
      this.#pending[index] = 0;
      return [{ lane, laneNumber: this.at * MOST_LANES + index, calls: kept }];
    });
  }

  /** By shares, with what rounding leaves carried on; the lane that is owed most takes the rest. */
  #split(calls: number, atMs: number): void {
    let left = calls;
    let most = 0;
    const { lanes } = this.workflow;
    for (let index = 0; index < lanes.length; index += 1) {
      this.#due[index] = (this.#due[index] ?? 0) + calls * (lanes[index] as Lane).share(this.#stories, atMs);
      if ((this.#due[index] ?? 0) > (this.#due[most] ?? 0)) most = index;
    }
    for (let index = 0; index < lanes.length; index += 1) {
      if (index !== most) left -= this.#give(index, Math.min(left, Math.floor(this.#due[index] ?? 0)));
    }
    this.#give(most, left);
  }

  #give(index: number, calls: number): number {
    const given = Math.max(0, calls);
    this.#due[index] = (this.#due[index] ?? 0) - given;
    this.#pending[index] = (this.#pending[index] ?? 0) + given;
    return given;
  }
}

function hourWeight(workflow: Workflow, atMs: number, stories: Stories): number {
  return rhythmWeight(workflow.rhythm, atMs) * growth(atMs, stories.paperMonth.fromMs, stories.growthStep);
}

/** Of the known month, so that its calls come out as they are known. */
function monthWeight(workflow: Workflow, stories: Stories): number {
  let sum = 0;
  for (let atMs = stories.paperMonth.fromMs; atMs < stories.paperMonth.toMs; atMs += HOUR_MS)
    sum += hourWeight(workflow, atMs, stories);
  return sum;
}

interface Moment {
  readonly atMs: number;
  readonly stormy: boolean;
  readonly searches: number;
  readonly chance: Chance;
  readonly stories: Stories;
  readonly factors: Factors;
}

function usageOf(
  { workflow, at }: WorkflowMonth,
  lane: Lane,
  calls: number,
  { atMs, stormy, searches: perCall, chance, stories, factors }: Moment,
): Usage {
  const beforeRelease = workflow.name === RELEASE_WORKFLOW && atMs < stories.promptReleaseAtMs;
  const day = chance.spread(0.06); // long questions make long answers
  const input =
    calls *
    workflow.inputTokens *
    lane.inputTimes *
    (factors.input[at] ?? 1) *
    (beforeRelease ? BEFORE_RELEASE : 1) *
    (stormy ? STORM_ATTEMPTS : 1) *
    day;
  const output =
    calls *
    workflow.outputTokens *
    lane.outputTimes *
    (factors.output[at] ?? 1) *
    (stormy ? STORM_OUTPUT : 1) *
    Math.sqrt(day) *
    chance.spread(0.05);
  const searches = perCall === 0 ? 0 : Math.floor(calls * perCall + chance.uniform());
  return splitUsage(lane, Math.round(input), Math.round(output), searches);
}

/** Buckets of whole tokens: shares rounded down, what is left is fresh input and text. */
function splitUsage(lane: Lane, input: number, output: number, searches: number): Usage {
  const part = (whole: number, share: number): number => Math.floor(whole * share);
  const usage: { -readonly [bucket in keyof Usage]: Usage[bucket] } = {};
  const put = (bucket: keyof Usage, units: number): number => {
    if (units > 0) usage[bucket] = units;
    return units;
  };
  const kept =
    put('cacheRead', part(input, lane.cacheRead)) +
    put('cacheWrite5m', part(input, lane.write5m)) +
    put('cacheWrite1h', part(input, lane.write1h)) +
    put('audioIn', part(input, lane.audio));
  put('freshIn', input - kept);
  put('textOut', output - put('reasoningOut', part(output, lane.reasoning)));
  put('webSearch', searches);
  return usage;
}
