/**
 * Usage is counted in disjoint buckets: every token of a call is in exactly one of them,
 * so buckets add up to the provider's totals and each has one price.
 *
 * The list is data. Ledger columns, price lookups, receipts and tests are derived from it;
 * a new bucket is one line here plus its rule in a wire.
 */

export type BucketSide = 'input' | 'output' | 'fee';

interface BucketFact {
  readonly side: BucketSide;
  /** What a person reads on a receipt. */
  readonly label: string;
}

export const BUCKETS = {
  freshIn: { side: 'input', label: 'input' },
  cacheRead: { side: 'input', label: 'cache read' },
  cacheWrite5m: { side: 'input', label: 'cache write, 5 min' },
  cacheWrite1h: { side: 'input', label: 'cache write, 1 h' },
  cacheWriteUnknown: { side: 'input', label: 'cache write, lifetime not reported' },
  audioIn: { side: 'input', label: 'audio input' },
  audioCacheRead: { side: 'input', label: 'audio cache read' },
  imageIn: { side: 'input', label: 'image input' },
  toolPromptIn: { side: 'input', label: 'tool prompt' },
  textOut: { side: 'output', label: 'output' },
  reasoningOut: { side: 'output', label: 'reasoning' },
  audioOut: { side: 'output', label: 'audio output' },
  imageOut: { side: 'output', label: 'image output' },
  webSearch: { side: 'fee', label: 'web searches' },
  fileSearch: { side: 'fee', label: 'file searches' },
  codeSession: { side: 'fee', label: 'code sessions' },
  mapsQuery: { side: 'fee', label: 'maps queries' },
} as const satisfies Record<string, BucketFact>;

export type Bucket = keyof typeof BUCKETS;
export const BUCKET_NAMES = Object.keys(BUCKETS) as readonly Bucket[];

/** Units per bucket: tokens for input and output, calls for fees. Absent means zero units were reported. */
export type Usage = { readonly [bucket in Bucket]?: number };

const SIDES: Readonly<Record<BucketSide, readonly Bucket[]>> = {
  input: BUCKET_NAMES.filter((bucket) => BUCKETS[bucket].side === 'input'),
  output: BUCKET_NAMES.filter((bucket) => BUCKETS[bucket].side === 'output'),
  fee: BUCKET_NAMES.filter((bucket) => BUCKETS[bucket].side === 'fee'),
};

/** Sum of one side of a usage, in tokens (or calls for fees). */
export function sideTotal(usage: Usage, side: BucketSide): number {
  let total = 0;
  for (const bucket of SIDES[side]) total += usage[bucket] ?? 0;
  return total;
}

/** Adds two usages bucket by bucket. */
export function addUsage(left: Usage, right: Usage): Usage {
  const sum: { [bucket in Bucket]?: number } = { ...left };
  for (const bucket of BUCKET_NAMES) {
    const units = right[bucket];
    if (units !== undefined) sum[bucket] = (sum[bucket] ?? 0) + units;
  }
  return sum;
}

/**
 * How the numbers were obtained.
 * - `reported`: by the provider, in its response.
 * - `counted`: by us, from what was delivered, because the provider reported nothing.
 * - `presumed`: neither; an assumption that a later correction replaces.
 */
export type UsageBasis = 'reported' | 'counted' | 'presumed';

/** What the input was made of. Names and order are those of the composition strip. */
export const INPUT_PARTS = [
  'system',
  'tools',
  'history',
  'retrieval',
  'user',
  'media',
  'overhead',
  'unknown',
] as const;
export type InputPart = (typeof INPUT_PARTS)[number];

/** What the output was made of. */
export const OUTPUT_PARTS = ['text', 'reasoning', 'toolCalls'] as const;
export type OutputPart = (typeof OUTPUT_PARTS)[number];

/**
 * Tokens by part. Input parts sum to the input side of the usage, output parts to its output side.
 * Basis `exact`: every segment was tokenized; `estimated`: at least one was sized by its characters;
 * `unknown`: the parts could not be seen (for instance history kept by the provider).
 */
export interface Composition {
  readonly basis: 'exact' | 'estimated' | 'unknown';
  readonly input: { readonly [part in InputPart]?: number };
  readonly output: { readonly [part in OutputPart]?: number };
}
