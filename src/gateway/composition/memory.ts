/** What is remembered of a segment: how many tokens it has, found by its keyed hash. Never its text. */
export interface CountMemory {
  get(key: string): number | undefined;
  set(key: string, tokens: number): void;
  readonly size: number;
}

/**
 * Remembers at most `limit` counts, roughly the most recently used.
 *
 * Two generations instead of a linked list: a full young generation becomes the old one and the old one is dropped.
 * An entry that is asked for moves back to the young one, so system prompts and tools stay while one-off texts go.
 */
export function createCountMemory(limit: number): CountMemory {
  if (!Number.isInteger(limit) || limit < 2)
    throw new RangeError('a count memory needs room for at least two entries');
  const half = Math.floor(limit / 2);
  let young = new Map<string, number>();
  let old = new Map<string, number>();

  const set = (key: string, tokens: number): void => {
    if (young.size >= half && !young.has(key)) {
      old = young;
      young = new Map();
    }
    young.set(key, tokens);
  };

  return {
    get(key) {
      const fresh = young.get(key);
      if (fresh !== undefined) return fresh;
      const aged = old.get(key);
      if (aged !== undefined) set(key, aged);
      return aged;
    },
    set,
    get size() {
      return young.size + old.size;
    },
  };
}
