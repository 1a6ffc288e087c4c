/** What a Setpoint key may do: its uses, and the names to which it is limited. Pure. */

/**
 * What a key is for.
 * - `calls`: calls through the gateway, and spans of calls that did not pass it.
 * - `read`: questions to the API.
 * - `keys`: making keys with no more rights than its own, and revoking and rotating those.
 */
export const KEY_USES = ['calls', 'read', 'keys'] as const;
export type KeyUse = (typeof KEY_USES)[number];

/** Lists of names to which a key can be limited; `*` in a name stands for any run of characters. */
export const KEY_LIMITS = ['wires', 'endpoints', 'models', 'workflows', 'teams', 'customers'] as const;
export type KeyLimit = (typeof KEY_LIMITS)[number];

/** Absent uses: calls only. An absent list: no limit. */
export interface KeyScope {
  readonly uses?: readonly KeyUse[];
  readonly wires?: readonly string[];
  readonly endpoints?: readonly string[];
  readonly models?: readonly string[];
  readonly workflows?: readonly string[];
  readonly teams?: readonly string[];
  readonly customers?: readonly string[];
}

const DEFAULT_USES: readonly KeyUse[] = ['calls'];

export function usesOf(scope: KeyScope | undefined): readonly KeyUse[] {
  return scope?.uses ?? DEFAULT_USES;
}

/** Whether a name is within a key's limit of that kind. */
export function mayName(scope: KeyScope | undefined, limit: KeyLimit, name: string): boolean {
  const allowed = scope?.[limit];
  return allowed === undefined || allowed.some((pattern) => matchesName(pattern, name));
}

/**
 * Whether `*` patterns match a whole name, letter by letter. No regular expression: patterns come from people, and
 * this takes time in proportion to the lengths however they are written.
 */
export function matchesName(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return name === pattern;
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last))
    return false;
  let at = first.length;
  const end = name.length - last.length;
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found === -1 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}

/**
 * What a child asks for beyond its parent, in words; empty when all of it is within. A parent's pattern covers a child's
 * when it matches its text: its own letters are never `*`, so each `*` of the child is taken up by one of the parent.
 */
export function beyond(child: KeyScope | undefined, parent: KeyScope | undefined): string[] {
  const problems: string[] = [];
  const uses = usesOf(parent);
  const more = usesOf(child).filter((use) => !uses.includes(use));
  if (more.length > 0) problems.push(`uses: ${more.join(', ')} is not among ${uses.join(', ')}`);
  for (const limit of KEY_LIMITS) {
    const allowed = parent?.[limit];
    if (allowed === undefined) continue;
    const asked = child?.[limit];
    if (asked === undefined) problems.push(`${limit}: must be within ${allowed.join(', ')}`);
    else
      for (const name of asked.filter((one) => !allowed.some((pattern) => matchesName(pattern, one))))
        problems.push(`${limit}: ${name} is not within ${allowed.join(', ')}`);
  }
  return problems;
}
