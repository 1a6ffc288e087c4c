/** Reads JSON lines as their bytes pass. Only lines that hold certain words are parsed: most files are none of ours. */
import { isObject, parseJson } from './json.ts';
import type { JsonObject } from './wire.ts';

const LF = 0x0a;

export class JsonLines {
  readonly #words: readonly string[];
  readonly #maximumBytes: number;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #oversize = false;
  #skipped = 0;

  /** @param words every one of them must be in a line for it to be parsed. */
  constructor(setting: { readonly words: readonly string[]; readonly maximumBytes: number }) {
    this.#words = setting.words;
    this.#maximumBytes = setting.maximumBytes;
  }

  /** Lines that were larger than allowed and so were not read. */
  get skipped(): number {
    return this.#skipped;
  }

  push(chunk: Buffer): JsonObject[] {
    const found: JsonObject[] = [];
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(LF, from);
      if (end === -1) break;
      this.#hold(chunk.subarray(from, end));
      this.#take(found);
      from = end + 1;
    }
    if (from < chunk.length) this.#hold(Buffer.from(chunk.subarray(from))); // a copy: the chunk is not ours to keep
    return found;
  }

  /** The last line may have no end of its own. */
  rest(): JsonObject[] {
    const found: JsonObject[] = [];
    this.#take(found);
    return found;
  }

  #hold(piece: Buffer): void {
    this.#heldBytes += piece.length;
    if (this.#heldBytes > this.#maximumBytes) {
      this.#oversize = true;
      this.#held = [];
    } else this.#held.push(piece);
  }

  #take(found: JsonObject[]): void {
    const line = this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held);
    if (this.#oversize) this.#skipped += 1;
    this.#held = [];
    this.#heldBytes = 0;
    this.#oversize = false;
    if (line.length === 0 || !this.#words.every((word) => line.includes(word))) return;
    const json = parseJson(line.toString('utf8'));
    if (isObject(json)) found.push(json);
  }
}
