/** Why spend moved, as the steps of a waterfall. */
import type { ChangesAnswer } from '../../api/contract/anomalies.ts';
import type { WaterfallStep } from '../parts/waterfall.tsx';

/** In the order of the paper: calls × context × rate × mix. */
export const DRIVERS = [
  { name: 'calls', label: 'Calls', note: 'demand', judged: false },
  { name: 'context', label: 'Context', note: 'tokens a call', judged: true },
  { name: 'tokenMix', label: 'Token mix', note: 'output, cache', judged: true },
  { name: 'rate', label: 'Rate', note: 'price', judged: true },
  { name: 'mix', label: 'Mix', note: 'workflow, model', judged: true },
] as const;

export function stepsOf({ effects, beside }: ChangesAnswer): WaterfallStep[] {
  const steps = DRIVERS.map(({ name, ...rest }) => ({ ...rest, amount: Number(effects[name]) }));
  if (beside === '0') return steps;
  return [...steps, { label: 'Beside', note: 'no calls', judged: false, amount: Number(beside) }];
}
