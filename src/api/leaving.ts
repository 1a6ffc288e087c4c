/**
 * An asker that goes away: a page that is left, a Cancel, a Ctrl-C. What only reads for it stops between two of its steps; what
 * decides or posts is given no signal and is finished.
 */
import type { Context } from 'hono';

import { readingFor } from '../ledger/ledger.ts';
import type { LedgerReader } from '../ledger/question.ts';
import type { ApiEnvironment, ApiParts } from './parts.ts';

type Asked = Context<ApiEnvironment>;

/** Aborts when the connection is closed before the answer went out. Its reason is an Error, whatever the server's own is. */
export function signalOf({ req }: Asked): AbortSignal {
  const { signal } = req.raw;
  const leaving = new AbortController();
  if (signal.aborted) leaving.abort();
  signal.addEventListener('abort', () => leaving.abort(), { once: true });
  return leaving.signal;
}

/** The ledger, for as long as the one who asked is there. */
export function ledgerFor({ ledger }: Pick<ApiParts, 'ledger'>, context: Asked): LedgerReader {
  return readingFor(ledger, signalOf(context));
}

/** Whether a failure is only that nobody waits any more: nothing is wrong then, and there is nobody to be told. */
export function isOfLeaving(context: Asked, error: unknown): boolean {
  return context.req.raw.signal.aborted && error instanceof Error && error.name === 'AbortError';
}
