/**
 * The shape of requests: drivers of cost that change before the bill does. Each is a ratio of a day's figures; a
 * trend in it is a signal whatever spend does.
 */
import type { Figures, Measure } from '../../ledger/question.ts';

export interface SignalFact {
  readonly name: SignalName;
  readonly label: string;
  readonly needs: readonly Measure[];
  /** NaN where the day says nothing. */
  readonly of: (figures: Figures) => number;
  /** The direction that costs money. */
  readonly dearer: 'up' | 'down';
}

export type SignalName = 'fanOut' | 'context' | 'output' | 'retries' | 'cacheHits' | 'costPerCall';

export const SIGNALS: readonly SignalFact[] = [
  {
    name: 'fanOut',
    label: 'calls per request',
    needs: ['calls', 'requests', 'lines'],
    // A line that sums up many calls (an import) says nothing of their requests.
    of: (figures) => (isCallByCall(figures) ? ratio(figures.calls ?? 0, figures.requests ?? 0) : NaN),
    dearer: 'up',
  },
  {
    name: 'context',
    label: 'input tokens per call',
    needs: ['calls', 'inputTokens'],
    of: ({ calls = 0, inputTokens = 0 }) => ratio(inputTokens, calls),
    dearer: 'up',
  },
  {
    name: 'output',
    label: 'output tokens per call',
    needs: ['calls', 'outputTokens'],
    of: ({ calls = 0, outputTokens = 0 }) => ratio(outputTokens, calls),
    dearer: 'up',
  },
  {
    name: 'retries',
    label: 'attempts per call',
    needs: ['calls', 'attempts'],
    of: ({ calls = 0, attempts = 0 }) => ratio(attempts, calls),
    dearer: 'up',
  },
  {
    name: 'cacheHits',
    label: 'share of input read from cache',
    needs: ['inputTokens', 'cacheReadTokens'],
    of: ({ inputTokens = 0, cacheReadTokens = 0 }) => ratio(cacheReadTokens, inputTokens),
    dearer: 'down',
  },
  {
    name: 'costPerCall',
    label: 'cost per call',
    needs: ['calls', 'cost'],
    of: ({ calls = 0, cost = '0' }) => ratio(Number(cost), calls),
    dearer: 'up',
  },
];

/** Every measure that some signal needs, but `requests`, which is dear to count and asked for apart. */
export const SIGNAL_MEASURES: readonly Measure[] = [
  ...new Set(SIGNALS.flatMap(({ needs }) => needs).filter((measure) => measure !== 'requests')),
];

/** Whether every line is one call, so that requests can be told apart. */
export function isCallByCall(figures: Figures | undefined): boolean {
  return figures !== undefined && (figures.calls ?? 0) <= (figures.lines ?? 0);
}

function ratio(over: number, under: number): number {
  return under > 0 ? over / under : NaN;
}
