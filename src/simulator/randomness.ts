/**
 * Reproducible randomness: the same words always give the same stream of numbers, on every machine.
 * The generator is sfc32 (Chris Doty-Humphrey, PractRand), seeded with 128 bits of SHA-256.
 */
import { createHash } from 'node:crypto';

export interface Randomness {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** A whole number in [0, below). */
  below(below: number): number;
  pick<T>(list: readonly [T, ...T[]]): T;
  /** Log-normal by its median and the standard deviation of its logarithm. */
  logNormal(median: number, sigma: number): number;
}

export function createRandomness(...words: readonly string[]): Randomness {
  const uniform = sfc32(digest(words));
  const below = (limit: number) => Math.floor(uniform() * limit);
  return {
    uniform,
    below,
    pick: (list) => list[below(list.length)] ?? list[0],
    logNormal: (median, sigma) => median * Math.exp(sigma * normal(uniform)),
  };
}

/** SHA-256 of the words in order, lower-case hex. */
export function hashOf(...words: readonly string[]): string {
  return digest(words).toString('hex');
}

function digest(words: readonly string[]): Buffer {
  const hash = createHash('sha256');
  for (const word of words) hash.update(`${Buffer.byteLength(word)}:`).update(word); // lengths keep ["ab","c"] and ["a","bc"] apart
  return hash.digest();
}

function sfc32(seed: Buffer): () => number {
  let a = seed.readInt32LE(0);
  let b = seed.readInt32LE(4);
  let c = seed.readInt32LE(8);
  let d = seed.readInt32LE(12);
  return () => {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 2 ** 32;
  };
}

/** Box–Muller transform. */
function normal(uniform: () => number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
  return radius * Math.cos(2 * Math.PI * uniform());
}
