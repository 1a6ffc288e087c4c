/**
 * Usage by Google's rules (Gemini API and Vertex AI).
 *
 * - `promptTokenCount` includes cached tokens and all modalities; `candidatesTokenCount` excludes thoughts.
 *   `toolUsePromptTokenCount` and `thoughtsTokenCount` stand beside them: total = prompt + candidates + tool use + thoughts.
 * - Details by modality: audio and images have prices of their own; documents are read as images; video is priced as text.
 * - Reports of a stream are cumulative: the last word of each field counts.
 * - Grounding with Google Search: Gemini 3 and later are billed for each executed query, empty ones apart; earlier
 *   models for the prompt, however many queries it made. Maps: the response shows no queries, so a prompt that was
 *   grounded there counts as one.
 * - A prompt that was blocked bills its input only.
 */
import { countAt, Flags, put, restOf } from '../counts.ts';
import type { UsageDraft } from '../counts.ts';
import { isList, isObject, wordAt } from '../json.ts';
import type { JsonObject, JsonValue, MeteredPart } from '../wire.ts';

/** What grounding did, collected over the answer. */
export interface Grounding {
  readonly webQueries: ReadonlySet<string>;
  readonly maps: boolean;
}

/** The first generation that is billed by the query. */
const BILLED_BY_QUERY_FROM = 3;

/** @returns the call's own part, or none when the report has no counts. */
export function readParts(report: JsonObject, grounding: Grounding, model: string): MeteredPart[] {
  const flags = new Flags();
  const prompt = countAt(report, 'promptTokenCount', flags);
  const candidates = countAt(report, 'candidatesTokenCount', flags);
  if (prompt === undefined && candidates === undefined) return [];
  if (prompt === undefined) flags.add('promptTokenCount not reported');
  const usage: UsageDraft = {};
  putInput(usage, report, prompt ?? 0, flags);
  putOutput(usage, report, candidates ?? 0, flags);
  put(usage, 'webSearch', searches(grounding, model));
  put(usage, 'mapsQuery', grounding.maps ? 1 : 0);
  compareTotal(report, flags);
  return [{ part: 'call', model: '', usage, flag: flags.text }];
}

function putInput(usage: UsageDraft, report: JsonObject, prompt: number, flags: Flags): void {
  const cached = countAt(report, 'cachedContentTokenCount', flags) ?? 0;
  const byModality = modalities(report['promptTokensDetails'], flags);
  const cachedByModality = modalities(report['cacheTokensDetails'], flags);
  const audioCached = Math.min(cachedByModality.audio, cached);
  const audio = restOf(byModality.audio, audioCached, 'cached audio exceeds audio', flags);
  const image = restOf(byModality.image, cachedByModality.image, 'cached images exceed images', flags);
  put(usage, 'audioCacheRead', audioCached);
  put(usage, 'cacheRead', cached - audioCached);
  const fresh = restOf(prompt, cached, 'cachedContentTokenCount exceeds promptTokenCount', flags);
  const plain = restOf(fresh, audio + image, 'promptTokensDetails exceed promptTokenCount', flags);
  const detailed = audio + image <= fresh; // details that contradict their total say nothing about its parts
  put(usage, 'audioIn', detailed ? audio : 0);
  put(usage, 'imageIn', detailed ? image : 0);
  put(usage, 'freshIn', detailed ? plain : fresh);
  put(usage, 'toolPromptIn', countAt(report, 'toolUsePromptTokenCount', flags) ?? 0);
}

function putOutput(usage: UsageDraft, report: JsonObject, candidates: number, flags: Flags): void {
  const { audio, image } = modalities(report['candidatesTokensDetails'], flags);
  const text = restOf(
    candidates,
    audio + image,
    'candidatesTokensDetails exceed candidatesTokenCount',
    flags,
  );
  const detailed = audio + image <= candidates;
  put(usage, 'textOut', detailed ? text : candidates);
  put(usage, 'audioOut', detailed ? audio : 0);
  put(usage, 'imageOut', detailed ? image : 0);
  put(usage, 'reasoningOut', countAt(report, 'thoughtsTokenCount', flags) ?? 0);
}

function modalities(details: JsonValue | undefined, flags: Flags): { audio: number; image: number } {
  const counts = { audio: 0, image: 0 };
  if (!isList(details)) return counts;
  for (const detail of details) {
    if (!isObject(detail)) continue;
    const count = countAt(detail, 'tokenCount', flags) ?? 0;
    const modality = wordAt(detail, 'modality');
    if (modality === 'AUDIO') counts.audio += count;
    else if (modality === 'IMAGE' || modality === 'DOCUMENT') counts.image += count;
  }
  return counts;
}

function searches({ webQueries }: Grounding, model: string): number {
  const generation = /gemini-(\d+)/.exec(model)?.[1];
  if (generation !== undefined && Number(generation) < BILLED_BY_QUERY_FROM)
    return webQueries.size > 0 ? 1 : 0;
  return webQueries.size;
}

function compareTotal(report: JsonObject, flags: Flags): void {
  const total = countAt(report, 'totalTokenCount', flags);
  if (total === undefined) return;
  const sum = [
    'promptTokenCount',
    'candidatesTokenCount',
    'toolUsePromptTokenCount',
    'thoughtsTokenCount',
  ].reduce((before, name) => before + (countAt(report, name, flags) ?? 0), 0);
  if (sum !== total) flags.add(`totalTokenCount ${total} but its parts make ${sum}`);
}

/** The tier that served, in the words of the price rules; empty when nothing was said. */
export function tierOf(report: JsonObject): string {
  const traffic = wordAt(report, 'trafficType').toLowerCase();
  const tier = wordAt(report, 'serviceTier').toLowerCase();
  switch (traffic) {
    case 'provisioned_throughput':
      return 'provisioned';
    case 'on_demand_flex':
      return 'flex';
    case 'on_demand_priority':
      return 'priority';
    default:
      return tier === '' || tier === 'unspecified' ? traffic.replace('traffic_type_unspecified', '') : tier;
  }
}
