/**
 * Reproducible chance for hundreds of thousands of draws: sfc32 (Chris Doty-Humphrey, PractRand), seeded by whole numbers.
 * Each hour of each lane has a stream of its own, so that any part of the company's history can be made alone and is the same.
 */

export interface Chance {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Log-normal with mean 1; `sigma` is the standard deviation of its logarithm. */
  spread(sigma: number): number;
}

/** @param words whole numbers; the same ones give the same stream on every machine. */
export function createChance(...words: readonly number[]): Chance {
  let [a, b, c, d] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 1];
  const uniform = (): number => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (const word of words) {
    a = (a ^ Math.trunc(word)) | 0;
    b = (b ^ Math.trunc(word / 2 ** 32)) | 0;
    uniform();
    uniform();
  }
  for (let warmUp = 0; warmUp < 8; warmUp += 1) uniform();
  return {
    uniform,
    spread: (sigma) => Math.exp(sigma * normal(uniform) - (sigma * sigma) / 2),
  };
}

/** Box–Muller transform. */
function normal(uniform: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** A whole number of 52 bits for a text (FNV-1a, twice), so that names can seed a stream. */
export function seedOf(text: string): number {
  let [low, high] = [0x811c9dc5, 0x01000193];
  for (let at = 0; at < text.length; at += 1) {
    low = Math.imul(low ^ text.charCodeAt(at), 0x01000193);
    high = Math.imul(high ^ text.charCodeAt(at), 0x85ebca6b);
  }
  return ((high >>> 0) & 0xfffff) * 2 ** 32 + (low >>> 0);
}
