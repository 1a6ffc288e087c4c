/**
 * Faults on request, for tests: written behind the model name (`sim-small@error-429@no-usage`)
 * or in the last user message (`[[simulate: cut-after-5, slow]]`).
 */

export interface Faults {
  /** Answer with this error status; undefined: do not. */
  readonly errorStatus: number | undefined;
  /** Fail this many times with 500 before the same prompt is served. */
  readonly failuresFirst: number;
  /** Take the request and never answer. */
  readonly hang: boolean;
  /** Destroy the socket after so many events (or half way through a whole body). */
  readonly cutAfterEvents: number | undefined;
  /** Take a noticeable time per event, whatever the time scale. */
  readonly slow: boolean;
  readonly withoutUsage: boolean;
  readonly errorInStream: boolean;
}

export const NO_FAULTS: Faults = {
  errorStatus: undefined,
  failuresFirst: 0,
  hang: false,
  cutAfterEvents: undefined,
  slow: false,
  withoutUsage: false,
  errorInStream: false,
};

const IN_TEXT = /\[\[simulate:([^\]]{1,200})\]\]/g;

/** Splits the faults off a model name. Words that name no fault stay: `claude-3-5-sonnet@20240620` is a model. */
export function splitModelName(name: string): { readonly model: string; readonly faults: Faults } {
  const [first = '', ...words] = name.split('@');
  const kept = [first];
  let faults = NO_FAULTS;
  for (const word of words) {
    const fault = readFault(word);
    if (fault) faults = { ...faults, ...fault };
    else kept.push(word);
  }
  return { model: kept.join('@'), faults };
}

/** The faults that a prompt asks for, over those of the model name. */
export function addFaultsInText(faults: Faults, text: string): Faults {
  let all = faults;
  for (const [, list = ''] of text.matchAll(IN_TEXT)) {
    for (const word of list.split(',')) all = { ...all, ...readFault(word.trim()) };
  }
  return all;
}

function readFault(word: string): Partial<Faults> | undefined {
  const counted = /^(error|cut-after|fail-first)-(\d{1,4})$/.exec(word);
  if (counted) return countedFault(counted[1] ?? '', Number(counted[2]));
  switch (word) {
    case 'hang':
      return { hang: true };
    case 'slow':
      return { slow: true };
    case 'no-usage':
      return { withoutUsage: true };
    case 'error-in-stream':
      return { errorInStream: true };
    default:
      return undefined;
  }
}

function countedFault(kind: string, count: number): Partial<Faults> | undefined {
  if (kind === 'cut-after') return { cutAfterEvents: count };
  if (kind === 'fail-first') return { failuresFirst: count };
  // 401 never: an upstream that needs no credential must not teach clients that theirs is wrong.
  return count >= 400 && count <= 599 && count !== 401 ? { errorStatus: count } : undefined;
}
