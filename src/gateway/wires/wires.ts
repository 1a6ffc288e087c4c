/** The wires that this gateway speaks, in the order in which paths are matched: the busiest first, catch-alls last. */
import { anthropicMessages } from './anthropic-messages/wire.ts';
import { openaiChat } from './openai-chat/wire.ts';
import type { Target, Wire } from './wire.ts';

const WIRES: readonly Wire[] = [anthropicMessages, openaiChat];

/** Refusals that belong to no wire (unknown path, broken HTTP) use the most widely read dialect. */
export const FALLBACK_WIRE = openaiChat;

/** The wire of a path that no wire serves, by what its clients would read. */
export function wireNear(path: string): Wire {
  return path.startsWith('/v1/messages') ? anthropicMessages : FALLBACK_WIRE;
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
