/**
 * What a call was made of: our sizes of its parts, fitted to the totals that the provider reported. Pure.
 *
 * Where the model's tokenizer is o200k our sizes are its own: they stand, and what is left of the total is named
 * `overhead` (the framing of messages, prompts that the provider adds). Should they exceed the total, they are scaled
 * down to it by largest remainder.
 *
 * Another tokenizer cuts the same text into more or fewer tokens (Anthropic's 15 to 35 per cent more), and calling that
 * difference overhead would be wrong. There the parts are scaled up to the total less the framing, but at most to
 * what a tokenizer can explain: `EXPLICABLE` times the family's usual ratio. What is beyond is overhead.
 *
 * Media of unknown size take what is left after the framing. They cannot be told from a tokenizer's difference, so
 * beside them text is scaled by the family's usual ratio and no further.
 */
import { splitByWeights } from '../../units/money.ts';
import { INPUT_PARTS, sideTotal } from '../../units/tokens.ts';
import type { Composition, InputPart, Usage } from '../../units/tokens.ts';
import type { Sized } from './count.ts';
import { estimateTokens } from './estimate.ts';
import { framingTokens } from './framing.ts';

export interface ComposeInput {
  readonly sized: Pick<Sized, 'parts' | 'unsizedMedia' | 'counts'>;
  /** The call's own usage, in the provider's buckets. */
  readonly usage: Usage;
  /** Visible output by kind; weighs where the provider reports one total. */
  readonly output: { readonly text: string; readonly reasoning: string; readonly toolCalls: string };
  /** The provider's name in the price book: decides the tokenizer where the model does not. */
  readonly family: string;
  readonly model?: string;
  /** False when the prompt could not be seen, for instance history that the provider keeps. True unless stated. */
  readonly inputKnown?: boolean;
}

interface Tokenizer {
  readonly o200k: boolean;
  /** Its tokens per token of o200k, usually. */
  readonly ratio: number;
}

const O200K: Tokenizer = { o200k: true, ratio: 1 };
const O200K_FAMILIES: ReadonlySet<string> = new Set(['openai', 'azure', 'simulator']);
/** OpenAI's models from GPT-4o on, by whatever provider they are served. */
const O200K_MODELS = /(^|[/:.])(gpt-(4o|4\.|[5-9]|oss|audio|realtime)|chatgpt-4o|codex|o[1-9](-|$))/;
/** OpenAI's models before GPT-4o: their tokenizer is about as dense. */
const OLDER_MODELS = /(^|[/:.])(gpt-(3\.5|35|4(-|$))|text-|davinci|babbage)/;
const USUAL_RATIOS: ReadonlyMap<string, number> = new Map([
  ['anthropic', 1.22],
  ['google', 1.05],
  ['mistral', 1.2],
]);
const USUAL_RATIO = 1.1;
/** How far a text may stray from its family's usual ratio (code, other scripts) before the gap means something else. */
const EXPLICABLE = 1.3;

/** @returns parts that sum exactly to the input side and the output side of the usage; parts of zero are left out. */
export function compose(call: ComposeInput): Composition {
  const total = whole(sideTotal(call.usage, 'input'));
  const output = composeOutput(call.usage, call.output);
  if (call.inputKnown === false || call.sized.parts.length === 0) {
    return { basis: 'unknown', input: total > 0 ? { unknown: total } : {}, output };
  }
  const { input, fits } = composeInput(call, total, tokenizerOf(call.family, call.model ?? ''));
  return { basis: fits ? 'exact' : 'estimated', input, output };
}

function composeInput(
  { sized, usage }: ComposeInput,
  total: number,
  tokenizer: Tokenizer,
): { input: Composition['input']; fits: boolean } {
  const { segmentCounts, exact } = sized.counts();
  const sizes = sumByPart(sized.parts, segmentCounts);
  const ours = sizes.reduce((sum, size) => sum + size, 0);
  const reportedMedia = Math.min(
    total,
    whole((usage.audioIn ?? 0) + (usage.audioCacheRead ?? 0) + (usage.imageIn ?? 0)),
  );
  const reportedOverhead = Math.min(total - reportedMedia, whole(usage.toolPromptIn ?? 0));
  const room = total - reportedMedia - reportedOverhead;

  const framing = framingShare(framingTokens(sized.parts), ours, room);
  const fitted = fittedTokens(ours, room, framing, tokenizer, sized.unsizedMedia > 0);
  const gap = room - fitted;
  const overhead = sized.unsizedMedia > 0 ? Math.min(gap, framing) : gap;

  const tokens = apportion(fitted, sizes);
  add(tokens, 'media', reportedMedia + gap - overhead);
  add(tokens, 'overhead', reportedOverhead + overhead);
  return {
    input: named(tokens),
    fits: exact && tokenizer.o200k && sized.unsizedMedia === 0 && ours <= room,
  };
}

/** How many tokens of the room the sized segments take. */
function fittedTokens(
  ours: number,
  room: number,
  framing: number,
  tokenizer: Tokenizer,
  besideMedia: boolean,
): number {
  if (tokenizer.o200k) return Math.min(ours, Math.floor(room));
  const most = tokenizer.ratio * (besideMedia ? 1 : EXPLICABLE);
  return Math.min(Math.floor(ours * most), Math.floor(room - framing));
}

/** Framing never crowds out what it frames: in a total too small for both it takes its share. */
function framingShare(framing: number, ours: number, room: number): number {
  return framing === 0 ? 0 : Math.min(framing, Math.floor((room * framing) / (ours + framing)));
}

function composeOutput(usage: Usage, output: ComposeInput['output']): Composition['output'] {
  const total = whole(sideTotal(usage, 'output'));
  // Audio and images have no part of their own: they are what was said, so they count as text.
  const spoken = Math.min(total, whole((usage.audioOut ?? 0) + (usage.imageOut ?? 0)));
  const reported = Math.min(total - spoken, whole(usage.reasoningOut ?? 0));
  const rest = total - spoken - reported;
  // Providers that report no reasoning apart have it inside their total: then its text weighs like the others.
  const hidden = reported > 0 ? '' : output.reasoning;
  const [reasoning = 0, toolCalls = 0, text = 0] =
    hidden === '' && output.toolCalls === ''
      ? [0, 0, rest] // the usual answer: nothing to weigh
      : apportion(rest, [hidden, output.toolCalls, output.text].map(estimateTokens));
  return {
    ...(text + spoken > 0 && { text: text + spoken }),
    ...(reasoning + reported > 0 && { reasoning: reasoning + reported }),
    ...(toolCalls > 0 && { toolCalls }),
  };
}

function tokenizerOf(family: string, model: string): Tokenizer {
  if (OLDER_MODELS.test(model)) return { o200k: false, ratio: 1 };
  if (O200K_MODELS.test(model) || O200K_FAMILIES.has(family)) return O200K;
  return { o200k: false, ratio: USUAL_RATIOS.get(family) ?? USUAL_RATIO };
}

function sumByPart(parts: Sized['parts'], counts: readonly number[]): number[] {
  const sums = INPUT_PARTS.map(() => 0);
  for (const [index, part] of parts.entries()) add(sums, part, Math.floor(whole(counts[index] ?? 0)));
  return sums;
}

function add(tokens: number[], part: InputPart, more: number): void {
  const at = INPUT_PARTS.indexOf(part);
  tokens[at] = (tokens[at] ?? 0) + more;
}

function named(tokens: readonly number[]): Composition['input'] {
  const input: { [part in InputPart]?: number } = {};
  for (const [index, part] of INPUT_PARTS.entries()) {
    const count = tokens[index] ?? 0;
    if (count > 0) input[part] = count;
  }
  return input;
}

/** Largest remainder; weights that already sum to the whole stay as they are. All zero: the last takes the whole. */
function apportion(total: number, weights: readonly number[]): number[] {
  let sum = 0;
  let largest = 0;
  for (const weight of weights) {
    sum += weight;
    if (weight > largest) largest = weight;
  }
  if (sum === total) return [...weights];
  if (sum === largest && sum > 0) return weights.map((weight) => (weight === largest ? total : 0));
  return splitByWeights(BigInt(total), weights.map(BigInt)).map(Number);
}

/** A count of tokens, or zero for what is none. */
function whole(tokens: number): number {
  return Number.isFinite(tokens) && tokens > 0 ? Math.floor(tokens) : 0;
}
