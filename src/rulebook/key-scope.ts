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
  readonly uses?: readonly KeyUse[] | undefined;
  readonly wires?: readonly string[] | undefined;
  readonly endpoints?: readonly string[] | undefined;
  readonly models?: readonly string[] | undefined;
  readonly workflows?: readonly string[] | undefined;
  readonly teams?: readonly string[] | undefined;
  readonly customers?: readonly string[] | undefined;
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

const DEFAULTS = { workflow: 'workflows', team: 'teams', customer: 'customers' } as const;

/** What of a key contradicts itself; empty when nothing does. */
export function contradictions(
  key: { readonly [field in keyof typeof DEFAULTS]?: string | undefined } & {
    readonly scope?: KeyScope | undefined;
  },
): Array<{ path: string; message: string }> {
  const { scope } = key;
  const problems: Array<{ path: string; message: string }> = [];
  for (const field of ['workflow', 'team', 'customer'] as const) {
    const limit = DEFAULTS[field];
    const name = key[field] ?? '';
    if (name !== '' && !mayName(scope, limit, name))
      problems.push({
        path: field,
        message: `"${name}" is not within scope.${limit}, so no call could use it`,
      });
  }
  const named = Object.values(DEFAULTS).filter((limit) => scope?.[limit] !== undefined);
  if (usesOf(scope).includes('read') && named.length > 0)
    problems.push({
      path: 'scope.uses',
      message: `"read" sees the whole ledger, so it does not go with limits on ${named.join(', ')}; make a key for each`,
    });
  return problems;
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
