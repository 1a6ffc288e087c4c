/** The simulated models, as data. */
import { createRandomness } from './randomness.ts';

/** Decimal dollars per million tokens. */
export interface SimulatedPrice {
  readonly freshIn: string;
  readonly cacheRead: string;
  readonly cacheWrite5m: string;
  readonly cacheWrite1h: string;
  readonly textOut: string;
  readonly reasoningOut: string;
}

export interface SimulatedModel {
  readonly name: string;
  readonly price: SimulatedPrice;
  /** Median time to the first token, and mean time per token after it. */
  readonly firstTokenMs: number;
  readonly perTokenMs: number;
  /** Size of an answer: log-normal, median in tokens and standard deviation of its logarithm. */
  readonly answerTokensMedian: number;
  readonly answerTokensSigma: number;
  /** Median hidden reasoning in tokens; 0 for models that do not reason unasked. */
  readonly reasoningTokensMedian: number;
  /** Probability of a right answer over all prompts, 0 to 1. */
  readonly quality: number;
}

const SMALL: SimulatedModel = {
  name: 'sim-small',
  price: {
    freshIn: '0.15',
    cacheRead: '0.075',
    cacheWrite5m: '0.1875',
    cacheWrite1h: '0.3',
    textOut: '0.6',
    reasoningOut: '0.6',
  },
  firstTokenMs: 180,
  perTokenMs: 6,
  answerTokensMedian: 90,
  answerTokensSigma: 0.6,
  reasoningTokensMedian: 0,
  quality: 0.66,
};

export const SIMULATED_MODELS: readonly SimulatedModel[] = [
  SMALL,
  {
    name: 'sim-large',
    price: {
      freshIn: '2.5',
      cacheRead: '1.25',
      cacheWrite5m: '3.125',
      cacheWrite1h: '5',
      textOut: '10',
      reasoningOut: '10',
    },
    firstTokenMs: 420,
    perTokenMs: 14,
    answerTokensMedian: 140,
    answerTokensSigma: 0.6,
    reasoningTokensMedian: 0,
    quality: 0.9,
  },
  {
    name: 'sim-reasoner',
    price: {
      freshIn: '1.1',
      cacheRead: '0.275',
      cacheWrite5m: '1.375',
      cacheWrite1h: '2.2',
      textOut: '4.4',
      reasoningOut: '4.4',
    },
    firstTokenMs: 900,
    perTokenMs: 8,
    answerTokensMedian: 120,
    answerTokensSigma: 0.5,
    reasoningTokensMedian: 500,
    quality: 0.95,
  },
];

/** The model of that name; any other name behaves like `sim-small` under its own name, so that a pasted snippet works. */
export function findModel(name: string): SimulatedModel {
  return SIMULATED_MODELS.find((model) => model.name === name) ?? { ...SMALL, name };
}

/** How much of a prompt's difficulty is the same for every model: what one finds hard, others mostly find hard too. */
const COMMON_DIFFICULTY = 0.8;

/**
 * Whether the model answers this prompt rightly: deterministic per seed, model and prompt, and true for a share
 * `quality` of prompts. Each draw is uniform, so the share holds for the mixture as well.
 */
export function answersRightly(model: SimulatedModel, seed: string, promptHash: string): boolean {
  const own = createRandomness(seed, 'right', model.name, promptHash);
  const difficulty =
    own.uniform() < COMMON_DIFFICULTY
      ? createRandomness(seed, 'difficulty', promptHash).uniform()
      : own.uniform();
  return difficulty < model.quality;
}
