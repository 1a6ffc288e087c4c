/**
 * `Idempotency-Key`: the same key with the same body gets the same answer for a day, with another body a conflict.
 * Answers are kept in memory only, since one of them may show a new key's secret; a restart forgets them.
 */
import { createHash } from 'node:crypto';

const KEPT_MS = 24 * 3_600_000;
const MOST_KEPT = 1_000;

interface Kept<T> {
  readonly digest: string;
  readonly answer: Promise<T>;
  readonly atMs: number;
}

export type Once<T> = { readonly kind: 'answer'; readonly answer: T } | { readonly kind: 'conflict' };

export interface Idempotency<T> {
  /** @param key the caller's idempotency key, or undefined for none: then `act` always runs. */
  once(key: string | undefined, body: unknown, act: () => Promise<T>): Promise<Once<T>>;
}

export function createIdempotency<T>(now: () => number): Idempotency<T> {
  const kept = new Map<string, Kept<T>>();

  function forgetOld(): void {
    for (const [key, { atMs }] of kept) {
      if (kept.size < MOST_KEPT && now() - atMs < KEPT_MS) return; // in order of age: the rest is younger
      kept.delete(key);
    }
  }

  return {
    async once(key, body, act) {
      if (key === undefined) return { kind: 'answer', answer: await act() };
      forgetOld();
      const digest = createHash('sha256').update(JSON.stringify(body)).digest('hex');
      const before = kept.get(key);
      if (before !== undefined) {
        return before.digest === digest
          ? { kind: 'answer', answer: await before.answer }
          : { kind: 'conflict' };
      }
      const answer = act();
      kept.set(key, { digest, answer, atMs: now() });
      // A failure must be repeatable: only what succeeded is the answer for a day.
      answer.catch(() => kept.delete(key));
      return { kind: 'answer', answer: await answer };
    },
  };
}
