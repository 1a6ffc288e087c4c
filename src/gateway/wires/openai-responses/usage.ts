/**
 * Usage by the rules of the Responses wire.
 *
 * - `input_tokens` includes cached and cache-written tokens, images and audio; `output_tokens` includes reasoning.
 * - Built-in tools are charged by use and shown only as items of the output: each `web_search_call` that searched
 *   (opening a page and finding in it are free), each `file_search_call`, and each container that code or a shell
 *   ran in. A container may live on over several responses, and its fee is for a session: counted once per response.
 * - Images that a tool generated are billed at the image model, in tokens that no field shows: flagged.
 */
import { countAt, Flags, oneCount, put, restOf } from '../counts.ts';
import type { UsageDraft } from '../counts.ts';
import { isObject, objectAt, wordAt } from '../json.ts';
import type { JsonObject, JsonValue, MeteredPart } from '../wire.ts';

/** Fees of built-in tools, gathered from the items of one output. */
export class ToolFees {
  readonly #containers = new Set<string>();
  #webSearches = 0;
  #fileSearches = 0;
  #images = 0;

  item(item: JsonValue): void {
    if (!isObject(item)) return;
    switch (item['type']) {
      case 'web_search_call':
        if (isSearch(item)) this.#webSearches += 1;
        break;
      case 'file_search_call':
        this.#fileSearches += 1;
        break;
      case 'image_generation_call':
        this.#images += 1;
        break;
      case 'code_interpreter_call':
        this.#container(wordAt(item, 'container_id') || wordAt(item, 'id'));
        break;
      case 'shell_call':
        this.#container(wordAt(objectAt(item, 'environment') ?? {}, 'container_id'));
        break;
      default:
    }
  }

  /** The fees alone; undefined when there are none. */
  part(): MeteredPart | undefined {
    const flags = new Flags();
    const usage: UsageDraft = {};
    this.addTo(usage, flags);
    for (const _ in usage) return { part: 'call', model: '', usage, flag: flags.text };
    return undefined;
  }

  #container(id: string): void {
    if (id !== '' && this.#containers.size < CONTAINERS_AT_MOST) this.#containers.add(id);
  }

  addTo(usage: UsageDraft, flags: Flags): void {
    put(usage, 'webSearch', this.#webSearches);
    put(usage, 'fileSearch', this.#fileSearches);
    put(usage, 'codeSession', this.#containers.size);
    if (this.#images > 0)
      flags.add(
        `${this.#images} generated image${this.#images === 1 ? '' : 's'} billed apart and not reported`,
      );
  }
}

const CONTAINERS_AT_MOST = 1_000;

/** Older items say no action; they were searches. */
function isSearch(item: JsonObject): boolean {
  const action = objectAt(item, 'action');
  return action === undefined || wordAt(action, 'type') === 'search' || wordAt(action, 'type') === '';
}

/** @returns the one part of a response's usage, or undefined when the report has no counts. */
export function readUsage(report: JsonObject, fees?: ToolFees): MeteredPart | undefined {
  const flags = new Flags();
  const input = countAt(report, 'input_tokens', flags);
  const output = countAt(report, 'output_tokens', flags);
  if (input === undefined && output === undefined) return undefined;
  const usage: UsageDraft = {};
  putInput(usage, report, input ?? 0, flags);
  putOutput(usage, report, output ?? 0, flags);
  const total = countAt(report, 'total_tokens', flags);
  if (input === undefined) flags.add('input_tokens not reported');
  if (output === undefined) flags.add('output_tokens not reported');
  if (total !== undefined && total !== (input ?? 0) + (output ?? 0))
    flags.add(`total_tokens ${total} is not input_tokens ${input ?? 0} and output_tokens ${output ?? 0}`);
  fees?.addTo(usage, flags);
  return { part: 'call', model: '', usage, flag: flags.text };
}

function putInput(usage: UsageDraft, report: JsonObject, input: number, flags: Flags): void {
  const details = objectAt(report, 'input_tokens_details') ?? objectAt(report, 'input_token_details');
  const cached = oneCount(
    [
      [details, 'cached_tokens'],
      [report, 'cached_tokens'],
    ],
    flags,
  );
  const written = countAt(details, 'cache_write_tokens', flags) ?? 0;
  const audio = countAt(details, 'audio_tokens', flags) ?? 0;
  const image = countAt(details, 'image_tokens', flags) ?? 0;
  put(usage, 'freshIn', restOf(input, cached + written + audio + image, 'parts exceed input_tokens', flags));
  put(usage, 'cacheRead', cached);
  put(usage, 'cacheWriteUnknown', written);
  put(usage, 'audioIn', audio);
  put(usage, 'imageIn', image);
}

function putOutput(usage: UsageDraft, report: JsonObject, output: number, flags: Flags): void {
  const details = objectAt(report, 'output_tokens_details') ?? objectAt(report, 'output_token_details');
  const reasoning = countAt(details, 'reasoning_tokens', flags) ?? 0;
  const audio = countAt(details, 'audio_tokens', flags) ?? 0;
  const image = countAt(details, 'image_tokens', flags) ?? 0;
  put(usage, 'textOut', restOf(output, reasoning + audio + image, 'parts exceed output_tokens', flags));
  put(usage, 'reasoningOut', reasoning);
  put(usage, 'audioOut', audio);
  put(usage, 'imageOut', image);
}
