/** The wires that this gateway speaks, in the order in which paths are matched: the busiest first, catch-alls last. */
import { anthropicMessages } from './anthropic-messages/wire.ts';
import { anthropicOther } from './anthropic-other/wire.ts';
import { onAzure } from './azure-openai/wire.ts';
import { bedrockConverse } from './bedrock-converse/wire.ts';
import { bedrockInvoke } from './bedrock-invoke/wire.ts';
import { googleGenerate } from './google-generate/wire.ts';
import { openaiChat } from './openai-chat/wire.ts';
import { openaiEmbeddings } from './openai-embeddings/wire.ts';
import { openaiOther } from './openai-other/wire.ts';
import { openaiResponses } from './openai-responses/wire.ts';
import type { Target, Wire } from './wire.ts';

const WIRES: readonly Wire[] = [
  anthropicMessages,
  openaiChat,
  openaiResponses,
  openaiEmbeddings,
  googleGenerate,
  bedrockConverse,
  bedrockInvoke,
  ...[openaiChat, openaiResponses, openaiEmbeddings, openaiOther].map(onAzure),
  anthropicOther,
  openaiOther,
];

/** Refusals that belong to no wire (unknown path, broken HTTP) use the most widely read dialect. */
export const FALLBACK_WIRE = openaiChat;

/** The wire of a path that no wire serves, by what its clients would read. */
export function wireNear(path: string): Wire {
  if (path.startsWith('/v1/messages')) return anthropicMessages;
  if (path.startsWith('/model/')) return bedrockConverse;
  return path.startsWith('/v1beta') || path.startsWith('/v1/projects/') ? googleGenerate : FALLBACK_WIRE;
}

export function findTarget(
  method: string,
  path: string,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): { wire: Wire; target: Target } | undefined {
  for (const wire of WIRES) {
    const target = wire.target(method, path, headers);
    if (target !== undefined) return { wire, target };
  }
  return undefined;
}
