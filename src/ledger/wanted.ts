/**
 * Reading for one asker, who may go away: a page that is left, a command that is interrupted. From then on no further question is
 * put for it, and none that is under way is waited for. What writes is not given a signal: it is finished.
 */
import type { LedgerReader } from './question.ts';

/** @param signal of the asker; undefined: it stays. @returns a reader whose questions fail with the signal's reason once it has left. */
export function readingFor(reader: LedgerReader, signal: AbortSignal | undefined): LedgerReader {
  if (signal === undefined) return reader;
  const wanted = <Answer>(ask: () => Promise<Answer>): Promise<Answer> => whileWanted(ask, signal);
  return {
    ask: (question) => wanted(() => reader.ask(question, signal)),
    page: (page) => wanted(() => reader.page(page, signal)),
    spend: (spend) => wanted(() => reader.spend(spend, signal)),
    receipt: (call) => wanted(() => reader.receipt(call)),
    tail: (position, limit) => wanted(() => reader.tail(position, limit)),
    health: () => wanted(() => reader.health()),
    lockedMonths: () => wanted(() => reader.lockedMonths()),
  };
}

/** Begins nothing for who has left, and waits no longer than who asks. @throws the signal's reason. */
export async function whileWanted<Answer>(
  begin: () => Promise<Answer>,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  if (signal === undefined) return begin();
  signal.throwIfAborted();
  const left = Promise.withResolvers<never>();
  const leave = (): void => left.reject(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([begin(), left.promise]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
