/**
 * What a response made visible, by kind, for composition and for counting when usage is missing.
 * Kept in memory for the length of the call only. Capped: past the cap sizes would no longer change a share noticeably.
 */
import type { JsonValue, Reading } from './wire.ts';

/** Characters kept of each kind. */
export const TRANSCRIPT_CHARACTERS = 256 * 1024;

export class Transcript {
  #text = '';
  #reasoning = '';
  #toolCalls = '';

  text(piece: JsonValue | undefined): void {
    if (typeof piece === 'string') this.#text = append(this.#text, piece);
  }

  reasoning(piece: JsonValue | undefined): void {
    if (typeof piece === 'string') this.#reasoning = append(this.#reasoning, piece);
  }

  toolCall(piece: JsonValue | undefined): void {
    if (typeof piece === 'string') this.#toolCalls = append(this.#toolCalls, piece);
  }

  get output(): Reading['output'] {
    return { text: this.#text, reasoning: this.#reasoning, toolCalls: this.#toolCalls };
  }
}

function append(kept: string, piece: string): string {
  const room = TRANSCRIPT_CHARACTERS - kept.length;
  if (piece.length <= room) return kept + piece;
  return room <= 0 ? kept : kept + piece.slice(0, room);
}
