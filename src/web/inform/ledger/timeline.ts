/** What happened to a call and when, as far as its lines say. Pure. */
import type { LedgerLine } from '../../../api/contract.ts';
import { countText, exactMoney } from '../../../units/figures.ts';

export interface Happening {
  readonly key: string;
  readonly what: string;
  readonly detail: string;
  /** Null: it happened, and the ledger does not keep when. */
  readonly atMs: number | null;
  /** Since the call began. */
  readonly afterMs: number | null;
}

const ENDINGS: Readonly<Record<string, string>> = {
  ok: 'Ended',
  client_aborted: 'The client left',
  stopped: 'Stopped: its stream came to more than its budgets had left',
  upstream_failed: 'Ended without a complete answer',
  upstream_error: 'The provider answered with an error',
  crashed: 'The gateway ended before the attempt did',
};

export function timelineOf(lines: readonly LedgerLine[]): Happening[] {
  const attempts = lines.filter(({ part, leg }) => part === 'call' && leg !== 'adjust');
  const startMs = Math.min(...lines.map(({ startedAt }) => Date.parse(startedAt)));
  const timed = attempts
    .flatMap((line) => attemptHappenings(line, attempts.length > 1))
    .toSorted((a, b) => a.atMs - b.atMs)
    .map((one) => ({ ...one, afterMs: one.atMs - startMs }));
  return [...timed, ...recorded(lines)];
}

type Timed = Omit<Happening, 'atMs' | 'afterMs'> & { readonly atMs: number };

function attemptHappenings(line: LedgerLine, isOneOfMany: boolean): Timed[] {
  const startMs = Date.parse(line.startedAt);
  const which = isOneOfMany ? `attempt ${line.attemptNumber}` : '';
  const said = (parts: readonly string[]): string => parts.filter((part) => part !== '').join(', ');
  const ending = ENDINGS[line.status] ?? line.status.replaceAll('_', ' ');
  const status = line.httpStatus > 0 ? `status ${line.httpStatus}` : '';
  return [
    {
      key: `${line.id} start`,
      what: line.attemptNumber === 1 ? 'Started' : `Dispatched again (${line.kind})`,
      detail: said([which, line.provider, line.region]),
      atMs: startMs,
    },
    ...(line.firstByteMs > 0
      ? [{ key: `${line.id} first`, what: 'First byte', detail: which, atMs: startMs + line.firstByteMs }]
      : []),
    {
      key: `${line.id} end`,
      what: ending,
      detail: said([which, status, line.finishReason]),
      atMs: startMs + line.durationMs,
    },
  ];
}

function recorded(lines: readonly LedgerLine[]): Happening[] {
  const first = lines.filter(({ leg }) => leg !== 'adjust');
  const corrections = lines.filter(({ leg }) => leg === 'adjust');
  const place = first[0]?.id ?? '';
  return [
    ...(place === ''
      ? []
      : [
          {
            key: 'recorded',
            what: 'Recorded',
            detail: `${countText(first.length)} ${first.length === 1 ? 'line' : 'lines'}, from ${place}`,
            atMs: null,
            afterMs: null,
          },
        ]),
    ...corrections.map((line) => ({
      key: line.id,
      what: 'Corrected',
      detail: `${line.cause === '' ? 'by a later line' : line.cause.replaceAll('-', ' ')}${line.cost === null ? '' : `, ${exactMoney(line.cost, 8, '$')}`}`,
      atMs: null,
      afterMs: null,
    })),
  ];
}
