/**
 * Counts as providers report them, and the flags that say where they contradict each other.
 * A contradiction is kept as it was reported and flagged; it is never put right silently.
 */
import type { Bucket, Usage } from '../../units/tokens.ts';
import type { JsonObject } from './wire.ts';

/** Usage under construction. Buckets without units stay absent. */
export type UsageDraft = { [bucket in Bucket]?: number };

/** Reasons why a report does not add up, in the order in which they were found. */
export class Flags {
  readonly #reasons: string[] = [];

  add(reason: string): void {
    if (!this.#reasons.includes(reason)) this.#reasons.push(reason);
  }

  get text(): string {
    return this.#reasons.join('; ');
  }
}

/** A count at a name: a whole number from zero. Absent and null are undefined; anything else is flagged and undefined. */
export function countAt(object: JsonObject | undefined, name: string, flags: Flags): number | undefined {
  const value = object?.[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  flags.add(`${name} is not a whole number`);
  return undefined;
}

/** Where a count may stand: the same value under another name, or in another place. */
export type Place = readonly [object: JsonObject | undefined, name: string];

/** One value that has several names. The first that is present counts; names are never added, and a disagreement is flagged. */
export function oneCount(places: readonly Place[], flags: Flags): number {
  let found: number | undefined;
  let foundName = '';
  for (const [object, name] of places) {
    const count = countAt(object, name, flags);
    if (count === undefined) continue;
    if (found === undefined) {
      found = count;
      foundName = name;
    } else if (count !== found) flags.add(`${foundName} ${found} but ${name} ${count}`);
  }
  return found ?? 0;
}

/** What of a total is left beside its parts. Parts that exceed their total are flagged, and nothing is left. */
export function restOf(total: number, parts: number, wording: string, flags: Flags): number {
  if (parts <= total) return total - parts;
  flags.add(`${wording}: ${parts} of ${total}`);
  return 0;
}

export function put(usage: UsageDraft, bucket: Bucket, units: number): void {
  if (units > 0) usage[bucket] = (usage[bucket] ?? 0) + units;
}

/** Adds units of a usage to a draft. */
export function putAll(usage: UsageDraft, more: Usage): void {
  for (const bucket in more) put(usage, bucket as Bucket, more[bucket as Bucket] ?? 0);
}
