import type { Segment } from '../wires/wire.ts';

/** Chat framing per message and per reply, in tokens (OpenAI's cookbook, "How to count tokens with tiktoken"). */
const FRAMING_PER_MESSAGE = 4;
const FRAMING_PER_REPLY = 3;

/** Tokens that go around the messages, as a function of the segments that stand for messages. */
export function framingTokens(parts: ReadonlyArray<Segment['part']>): number {
  let messages = 0;
  for (const part of parts) if (part !== 'tools' && part !== 'media') messages += 1;
  return messages === 0 ? 0 : FRAMING_PER_REPLY + FRAMING_PER_MESSAGE * messages;
}
