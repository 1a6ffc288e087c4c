/**
 * While an answer takes long, one line on the terminal says what is asked and since when; it is wiped when the answer is there.
 * Pipes and logs see nothing of it.
 */
import { printable } from './width.ts';

const LONG_MS = 600;
const EACH_MS = 1_000;
const WIPE = '\r\u001B[2K';

/** Counted by the server; null: not known. */
export interface Steps {
  readonly done: number | null;
  readonly of: number | null;
}

export interface Waiting {
  /** What is asked from now on, and how far it is, where the server counts: `workflows`. */
  says(what: string, steps?: { readonly unit: string; readonly ask: () => Promise<Steps> }): void;
  /** Requests within one are its own: nothing more is said of them. */
  during<Answer>(work: () => Promise<Answer>): Promise<Answer>;
}

interface Terminal {
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean | undefined };
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly nowMs: () => number;
}

export function createWaiting({ stderr, nowMs, environment }: Terminal): Waiting {
  const isShown = stderr.isTTY === true && environment['TERM'] !== 'dumb';
  let [what, steps]: Parameters<Waiting['says']> = ['Waiting for the answer'];
  let isWaiting = false;

  async function tell(sinceMs: number, isOver: () => boolean): Promise<void> {
    const { done = null, of = null } = (await steps?.ask().catch(() => undefined)) ?? {};
    if (isOver()) return;
    const counted = done === null || of === null ? '' : ` ${done} of ${of} ${steps?.unit ?? ''},`;
    stderr.write(`${WIPE}${printable(what)}…${counted} ${Math.floor((nowMs() - sinceMs) / 1_000)} s`);
  }

  return {
    says: (...all) => void ([what, steps] = all),
    async during(work) {
      if (!isShown || isWaiting) return work();
      isWaiting = true;
      const sinceMs = nowMs();
      const isOver = (): boolean => !isWaiting;
      let isTold = false;
      const show = (): void => {
        isTold = true;
        void tell(sinceMs, isOver);
      };
      const first = setTimeout(show, LONG_MS);
      const each = setInterval(show, EACH_MS);
      try {
        return await work();
      } finally {
        isWaiting = false;
        clearTimeout(first);
        clearInterval(each);
        if (isTold) stderr.write(WIPE);
      }
    },
  };
}
