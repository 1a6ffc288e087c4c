/** Composes what a simulated model says: reasoning, then text or tool calls, within the caller's limit. */
import { countTokens, truncate } from './counting.ts';
import type { Ask, Reply, ToolOffer } from './dialect.ts';
import { exampleOf } from './example.ts';
import { answersRightly } from './models.ts';
import type { SimulatedModel } from './models.ts';
import { createRandomness, hashOf } from './randomness.ts';
import type { Randomness } from './randomness.ts';
import { writeText } from './wording.ts';

/** Every written answer starts with this, so that a person who reads only the text is not misled. */
export const MARK = 'Simulated answer:';

const REASONING_STEP_TOKENS = 64; // OpenAI reports hidden reasoning in such steps
const ANSWER_TOKENS_AT_MOST = 4_000;
/** Tokens that a tool call costs beside its name and arguments. */
export const TOOL_CALL_OVERHEAD_TOKENS = 10;
const EXPECTED = /\[\[answer:([^\]]{1,200})\]\]/;

/** @param recorded the answer to give word for word, when a recording has one. */
export function composeReply(
  ask: Ask,
  model: SimulatedModel,
  seed: string,
  index: number,
  recorded?: string,
): Reply {
  const promptHash = hashOf(ask.question, ask.toolResult ?? '');
  const random = createRandomness(seed, model.name, promptHash, String(index));
  const limit = ask.maxOutputTokens ?? Number.POSITIVE_INFINITY;
  const reasoning = composeReasoning(ask, model, random, limit);
  const left = limit - reasoning.tokens;
  const tool = recorded === undefined ? chooseTool(ask) : undefined;
  if (tool) return finishToolCall(tool, ask, random, reasoning, left);
  const text = recorded ?? composeText(ask, model, seed, promptHash, random);
  return finishText(text, ask.stops, reasoning, left);
}

interface Reasoning {
  readonly thinking: string;
  readonly tokens: number;
}

function composeReasoning(ask: Ask, model: SimulatedModel, random: Randomness, limit: number): Reasoning {
  if (ask.thinkingTokens !== undefined) {
    const wanted = Math.round(random.logNormal(Math.max(model.reasoningTokensMedian, 150), 0.5));
    const room = Math.min(wanted, ask.thinkingTokens, limit);
    const { text, tokens } = truncate(writeText(random, ask.question, room), room);
    return { thinking: text, tokens };
  }
  if (ask.dialect !== 'openai' || model.reasoningTokensMedian === 0 || ask.effort === 0)
    return { thinking: '', tokens: 0 };
  const wanted = random.logNormal(model.reasoningTokensMedian * ask.effort, 0.6);
  const steps = Math.max(1, Math.round(wanted / REASONING_STEP_TOKENS));
  return { thinking: '', tokens: Math.min(steps * REASONING_STEP_TOKENS, limit) };
}

/** A tool is called when one is forced, or when the user names it; never in answer to a tool's result, so loops end. */
function chooseTool(ask: Ask): ToolOffer | undefined {
  const { toolChoice, tools, toolResult } = ask;
  if (toolChoice.kind === 'none' || toolResult !== undefined) return undefined;
  if (toolChoice.kind === 'named') return tools.find((tool) => tool.name === toolChoice.name);
  const question = ask.question.toLowerCase();
  const named = tools.find(
    (tool) =>
      question.includes(tool.name.toLowerCase()) ||
      question.includes(tool.name.toLowerCase().replaceAll(/[_-]/g, ' ')),
  );
  if (named || toolChoice.kind === 'any') return named ?? tools[0];
  return /\b(use|call)\b.*\btools?\b/s.test(question) ? tools[0] : undefined;
}

function finishToolCall(
  tool: ToolOffer,
  ask: Ask,
  random: Randomness,
  reasoning: Reasoning,
  left: number,
): Reply {
  const whole = JSON.stringify(exampleOf(tool.parameters, random, ask.question) ?? {});
  const fixed = countTokens(tool.name) + TOOL_CALL_OVERHEAD_TOKENS;
  if (left < fixed)
    return { ...finishText('', [], reasoning, left), outputTokens: reasoning.tokens, finish: 'length' };
  const { text, tokens, cut } = truncate(whole, left - fixed);
  const id = hashOf(ask.question, tool.name, String(random.uniform())).slice(0, 24);
  return {
    text: '',
    thinking: reasoning.thinking,
    toolCalls: [{ id, name: tool.name, arguments: text }],
    finish: cut ? 'length' : 'tool',
    stopSequence: '',
    reasoningTokens: reasoning.tokens,
    outputTokens: reasoning.tokens + fixed + tokens,
  };
}

function composeText(
  ask: Ask,
  model: SimulatedModel,
  seed: string,
  promptHash: string,
  random: Randomness,
): string {
  if (ask.json) return composeJson(ask, random);
  const wanted = random.logNormal(model.answerTokensMedian, model.answerTokensSigma);
  const text = writeText(random, ask.question, Math.min(Math.max(wanted, 8), ANSWER_TOKENS_AT_MOST));
  const result = ask.toolResult === undefined ? '' : ` The tool returned ${ask.toolResult.slice(0, 200)}.`;
  return `${MARK}${result} ${text}${composeVerdict(ask, model, seed, promptHash, random)}`;
}

/** A prompt that carries `[[answer: 42]]` is answered with it, or with something else, at the model's quality. */
function composeVerdict(
  ask: Ask,
  model: SimulatedModel,
  seed: string,
  promptHash: string,
  random: Randomness,
): string {
  const expected = EXPECTED.exec(ask.question)?.[1]?.trim();
  if (expected === undefined) return '';
  const right = answersRightly(model, seed, promptHash);
  return `\n#### ${right ? expected : wrongAnswer(expected, random)}`;
}

function wrongAnswer(expected: string, random: Randomness): string {
  return /^-?\d{1,15}$/.test(expected) ? String(Number(expected) + 1 + random.below(9)) : `not ${expected}`;
}

function composeJson(ask: Ask, random: Randomness): string {
  const schema = ask.json?.schema;
  if (schema) return JSON.stringify(exampleOf(schema, random, ask.question));
  return JSON.stringify({ simulated: true, answer: writeText(random, ask.question, 20) });
}

function finishText(whole: string, stops: readonly string[], reasoning: Reasoning, left: number): Reply {
  const stopped = cutAtStop(whole, stops);
  const { text, tokens, cut } = truncate(stopped.text, left);
  const ended = stopped.stop === '' ? 'stop' : 'stop-sequence';
  return {
    text,
    thinking: reasoning.thinking,
    toolCalls: [],
    finish: cut ? 'length' : ended,
    stopSequence: cut ? '' : stopped.stop,
    reasoningTokens: reasoning.tokens,
    outputTokens: reasoning.tokens + tokens,
  };
}

function cutAtStop(text: string, stops: readonly string[]): { readonly text: string; readonly stop: string } {
  let at = text.length;
  let found = '';
  for (const stop of stops) {
    const position = stop === '' ? -1 : text.indexOf(stop);
    if (position >= 0 && position < at) {
      at = position;
      found = stop;
    }
  }
  return { text: text.slice(0, at), stop: found };
}
