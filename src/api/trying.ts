/** A call of a person's own through the gateway: what it would send, what it can cost at most, and what came back. Pure. */
import { callBound } from '../inform/budgets/budgets.ts';
import { openPriceBook } from '../prices/prices.ts';
import { formatDollars } from '../units/money.ts';
import type { TryAsk, TryBound } from './contract/gateway.ts';
import type { ApiParts, GatewayAsk } from './parts.ts';

const DEFAULT_OUTPUT_TOKENS = 256;
/** Roles, separators and whatever a provider puts around two messages. */
const TOKENS_AROUND = 64;

/** @returns undefined where no provider of that name and dialect serves now. */
export function boundOf(parts: ApiParts, ask: TryAsk): TryBound | undefined {
  const provider = parts
    .providers()
    .find(({ name, dialect, serving }) => serving && name === ask.provider && dialect === ask.dialect);
  if (provider === undefined) return undefined;
  const { system = '', message, team = '', maxOutputTokens: outputTokens = DEFAULT_OUTPUT_TOKENS } = ask;
  // A token is at least one byte, so that the bytes bound the tokens whatever the tokenizer is.
  const inputTokens = new TextEncoder().encode(system + message).length + TOKENS_AROUND;
  const bound = callBound(openPriceBook(parts.priceBook()), {
    provider: provider.priceProvider,
    model: provider.aliases[ask.model] ?? ask.model,
    inputTokens,
    outputTokens,
    team,
    atMs: parts.now(),
  });
  const cost = bound.cost === undefined ? null : formatDollars(bound.cost);
  return {
    simulated: provider.simulated,
    inputTokens,
    outputTokens,
    cost,
    words: wordsOf(provider.simulated, cost),
  };
}

function wordsOf(simulated: boolean, cost: string | null): string {
  if (simulated) return 'The simulator answers: no money is spent, and the line is marked as simulated.';
  if (cost === null)
    return 'No price is known for this model, so what it costs at most cannot be said. It is a real call.';
  return `A real call. It costs at most $${cost}, and usually far less.`;
}

/** @param secret empty: calls without a key are served */
export function requestOf(ask: TryAsk, secret: string): GatewayAsk {
  const { provider, dialect, model, workflow = '', team = '' } = ask;
  const headers = {
    'content-type': 'application/json',
    ...(workflow !== '' && { 'x-setpoint-workflow': workflow }),
    ...(team !== '' && { 'x-setpoint-team': team }),
    'x-setpoint-tags': 'via=playground',
    ...(secret !== '' && { authorization: `Bearer ${secret}` }),
  };
  const named = `${provider}/${model}`;
  return dialect === 'anthropic'
    ? {
        path: '/v1/messages',
        headers: { ...headers, 'anthropic-version': '2023-06-01' },
        body: anthropicBody(ask, named),
      }
    : { path: '/v1/chat/completions', headers, body: openaiBody(ask, named) };
}

function openaiBody(ask: TryAsk, model: string): string {
  const { system = '', message, provider, maxOutputTokens = DEFAULT_OUTPUT_TOKENS } = ask;
  const messages = [
    ...(system === '' ? [] : [{ role: 'system', content: system }]),
    { role: 'user', content: message },
  ];
  // OpenAI's newer models refuse the older name, other servers know only that one.
  const limit = provider === 'openai' ? 'max_completion_tokens' : 'max_tokens';
  return JSON.stringify({ model, messages, [limit]: maxOutputTokens });
}

function anthropicBody(ask: TryAsk, model: string): string {
  const { system = '', message, maxOutputTokens = DEFAULT_OUTPUT_TOKENS } = ask;
  return JSON.stringify({
    model,
    max_tokens: maxOutputTokens,
    ...(system !== '' && { system }),
    messages: [{ role: 'user', content: message }],
  });
}

/** What the model said, or what the refusal says; empty where neither can be read. */
export function saidText(body: string): string {
  try {
    const answer = JSON.parse(body) as {
      choices?: Array<{ message?: { content?: unknown } }>;
      content?: Array<{ type?: string; text?: string }>;
      error?: { message?: string };
    };
    const content = answer.choices?.[0]?.message?.content;
    if (typeof content === 'string') return content;
    if (answer.error?.message !== undefined) return answer.error.message;
    return (answer.content ?? []).map(({ text = '' }) => text).join('');
  } catch {
    return '';
  }
}
