import type { LedgerLine } from '../../../api/contract.ts';
import type { State } from '../../parts/chips.tsx';

const STATUS_STATES: Readonly<Record<string, State>> = {
  client_aborted: 'aborted',
  stopped: 'stopped by budget',
  upstream_failed: 'failed',
  upstream_error: 'error',
  crashed: 'crashed',
};
const KIND_STATES: Readonly<Record<string, State>> = { retry: 'retry', fallback: 'fallback', hedge: 'hedge' };

/** What is not ordinary about a line. */
export function statesOf(line: LedgerLine): State[] {
  const status = STATUS_STATES[line.status];
  const kind = KIND_STATES[line.kind];
  return [
    ...(kind === undefined ? [] : [kind]),
    ...(line.leg === 'adjust' ? (['correction'] as const) : []),
    ...(status === undefined ? [] : [status]),
    ...(line.cost === null ? (['unpriced'] as const) : []),
    ...(line.basis === 'reported' ? [] : (['estimated'] as const)),
    ...(line.flag === '' ? [] : (['flagged'] as const)),
    ...(line.simulated ? (['simulated'] as const) : []),
  ];
}
