/** What is asked of a key against what may be: by itself, and against the key that it is made with. */
import type { KeyRecord } from '../registry/registry.ts';
import { keyState } from '../registry/registry.ts';
import { beyond, contradictions } from '../rulebook/rulebook.ts';
import type { Key, NewKey } from './contract/keys.ts';
import type { FieldProblem } from './problems.ts';

/** What of a key contradicts itself or the clock. */
export function scopeTrouble(ask: NewKey, nowMs: number): FieldProblem[] {
  const past = ask.expiresAt !== undefined && Date.parse(ask.expiresAt) <= nowMs;
  return [...(past ? [{ path: 'expiresAt', message: 'is in the past' }] : []), ...contradictions(ask)];
}

/** What of a key goes beyond the key that it is to be made with. */
export function childTrouble(ask: NewKey, holder: KeyRecord): FieldProblem[] {
  const problems = beyond(ask.scope, holder.scope).map((text): FieldProblem => {
    const [limit = '', ...message] = text.split(': ');
    return { path: `scope.${limit}`, message: message.join(': ') };
  });
  const { expiresAtMs } = holder;
  const ends = ask.expiresAt === undefined ? Infinity : Date.parse(ask.expiresAt);
  if (expiresAtMs !== undefined && ends > expiresAtMs)
    problems.push({ path: 'expiresAt', message: `must not be after ${new Date(expiresAtMs).toISOString()}` });
  return problems;
}

/** The keys that were made with a key, over generations, oldest first. */
export function madeWith(id: string, keys: readonly KeyRecord[]): KeyRecord[] {
  const family = new Set([id]);
  for (let before = 0; before !== family.size;) {
    before = family.size;
    for (const key of keys) if (family.has(key.parent)) family.add(key.id);
  }
  return keys.filter((key) => key.id !== id && family.has(key.id));
}

export function toKey(record: KeyRecord, nowMs: number): Key {
  const { id, name, environment, workflow, team, customer, tags, parent, hint, scope } = record;
  const instant = (ms: number | undefined): string | null =>
    ms === undefined ? null : new Date(ms).toISOString();
  const until = Math.max(0, ...record.former.map(({ untilMs }) => untilMs));
  return {
    id,
    name,
    environment,
    workflow,
    team,
    customer,
    tags: { ...tags },
    scope: (scope ?? {}) as Key['scope'],
    parent,
    hint,
    createdAt: new Date(record.createdAtMs).toISOString(),
    expiresAt: instant(record.expiresAtMs),
    revokedAt: instant(record.revokedAtMs),
    rotatedAt: instant(record.rotatedAtMs),
    formerUntil: instant(until > nowMs ? until : undefined),
    state: keyState(record, nowMs),
  };
}
