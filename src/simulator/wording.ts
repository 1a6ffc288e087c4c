/** Plausible sentences, deterministic from randomness and the words of the question. */
import { countTokens } from './counting.ts';
import type { Randomness } from './randomness.ts';

type Words = readonly [string, ...string[]];

const OPENINGS: Words = [
  'In short,',
  'First,',
  'In practice,',
  'As a rule,',
  'Then',
  'Next,',
  'For most teams',
  'After that,',
  'On balance,',
  'Here',
];
const SUBJECTS: Words = [
  'the main point',
  'a careful plan',
  'the simplest version',
  'the second step',
  'a small change',
  'the usual approach',
  'each part',
  'the evidence',
  'a short list',
  'the result',
];
const VERBS: Words = [
  'depends on',
  'follows from',
  'is limited by',
  'works well with',
  'can be checked against',
  'starts with',
  'adds to',
  'explains',
  'is easier than',
  'leads to',
];
const OBJECTS: Words = [
  'the numbers at hand',
  'what was measured last week',
  'a clear owner',
  'one honest comparison',
  'the time available',
  'the details of the case',
  'a written target',
  'the people involved',
  'the cost of waiting',
  'a review at the end',
];
const ADDITIONS: Words = [
  '',
  '',
  ', which keeps the work small',
  ', so nothing is left to chance',
  ' and can be undone',
  ', as the figures show',
  ' before anything else changes',
];

const TOPIC = /\p{L}{5,20}/gu;
/** Instructions to the simulator are no subject to write about. */
const INSTRUCTION = /\[\[[^\]]{1,220}\]\]/g;
const QUESTION_CHARACTERS_READ = 2_000;
const SENTENCES_AT_MOST = 4_000;

/** Sentences of at least `tokens` tokens, about the words of the question. */
export function writeText(random: Randomness, question: string, tokens: number): string {
  const topics = [
    ...question.slice(0, QUESTION_CHARACTERS_READ).replaceAll(INSTRUCTION, '').matchAll(TOPIC),
  ].map(([word]) => word.toLowerCase());
  const sentences: string[] = [];
  let size = 0;
  while (size < tokens && sentences.length < SENTENCES_AT_MOST) {
    const sentence = writeSentence(random, topics);
    size += countTokens(` ${sentence}`);
    sentences.push(sentence);
  }
  return sentences.join(' ');
}

function writeSentence(random: Randomness, topics: readonly string[]): string {
  const [first, ...others] = topics;
  const about =
    first !== undefined && random.uniform() < 0.4 ? ` for ${random.pick([first, ...others])}` : '';
  const opening = random.uniform() < 0.5 ? `${random.pick(OPENINGS)} ` : '';
  const sentence = `${opening}${random.pick(SUBJECTS)}${about} ${random.pick(VERBS)} ${random.pick(OBJECTS)}${random.pick(ADDITIONS)}.`;
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
