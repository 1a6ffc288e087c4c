/** A line of the ledger as its row needs it: hundreds of thousands may pass by, and each keeps a tenth of what the line is. */
import type { LedgerLine } from '../../../api/contract.ts';
import type { State } from '../../parts/chips.tsx';
import { statesOf } from './line-states.ts';

export interface CallRow {
  readonly id: string;
  readonly call: string;
  readonly startedAt: string;
  readonly workflow: string;
  readonly team: string;
  readonly customer: string;
  readonly provider: string;
  readonly model: string;
  readonly key: string;
  readonly request: string;
  readonly endpoint: string;
  readonly part: string;
  readonly attempt: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly durationMs: number;
  readonly firstByteMs: number;
  readonly states: readonly State[];
  /** Decimal dollars; null: no price is known. */
  readonly cost: string | null;
}

export function rowOf(line: LedgerLine): CallRow {
  return {
    id: line.id,
    call: line.call,
    startedAt: line.startedAt,
    workflow: line.workflow,
    team: line.team,
    customer: line.customer,
    provider: line.provider,
    model: line.model,
    key: line.key,
    request: line.request,
    endpoint: line.endpoint,
    part: line.part,
    attempt: line.attemptNumber,
    inputTokens: line.inputTokens,
    outputTokens: line.outputTokens,
    durationMs: line.durationMs,
    firstByteMs: line.firstByteMs,
    states: statesOf(line),
    cost: line.cost,
  };
}
