/** What happened in a period, as every page asks for it: the same question is asked once. */
import type { AnnotationsAsk } from '../../api/client.ts';
import { asking } from './server.ts';
import { dateFormat } from '../../units/date-format.ts';

const MINUTE_MS = 60_000;

export function annotationsQuery(ask: AnnotationsAsk) {
  return {
    queryKey: ['annotations', ask] as const,
    queryFn: ({ signal }: { readonly signal: AbortSignal }) => asking(signal).annotations(ask),
    staleTime: MINUTE_MS,
  };
}

interface Span {
  readonly from: string;
  readonly to: string;
}

/** Whether each month that the span lies in is closed, on the clock of its zone. Pure. */
export function isClosed({ from, to }: Span, timeZone: string, closed: readonly string[]): boolean {
  const [fromMs, lastMs] = [Date.parse(from), Date.parse(to) - 1];
  if (!(fromMs <= lastMs)) return false;
  const clock = dateFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit' });
  const last = clock.format(lastMs);
  for (let month = clock.format(fromMs); month <= last; month = after(month))
    if (!closed.includes(month)) return false;
  return true;
}

function after(month: string): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number)).toISOString().slice(0, 7);
}
