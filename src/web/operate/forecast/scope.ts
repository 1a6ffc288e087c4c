/** Whose forecast is shown, as the address says it. An empty workflow is the unattributed; without one it is everybody's. */
import { history, keptSearch } from '../../parts/path.ts';

/** What stands for "all of them" inside the page; it is never written into an address. */
const ALL = '*';

/** Names in the address that only this page reads. */
export const FORECAST_DEFAULTS = {
  workflow: ALL,
  team: ALL,
  months: '3',
  level: '0.8',
  asOf: '',
  /** Saved scenarios that are laid over it, by id, separated by commas. */
  with: '',
  /** The line in question: a scenario's id, or `changes`; empty: the forecast as it is. */
  pick: '',
  /** What is being typed, as JSON, so that a link shows it. */
  draft: '',
  zone: '',
} as const;

export const LEVELS = { '0.5': '50%', '0.8': '80%', '0.95': '95%' } as const;
export const HORIZONS: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from({ length: 12 }, (_, at) => [String(at + 1), at === 0 ? '1 month' : `${at + 1} months`]),
);

export interface PageScope {
  readonly workflow?: string;
  readonly team?: string;
}

export function scopeOf({ workflow, team }: { readonly workflow: string; readonly team: string }): PageScope {
  if (workflow !== ALL) return { workflow };
  return team === ALL ? {} : { team };
}

/** `Support copilot`, `Unattributed`, `Team CX`, `Organisation`. */
export function scopeName({ workflow, team }: PageScope): string {
  if (workflow !== undefined) return workflow === '' ? 'Unattributed' : workflow;
  return team === undefined ? 'Organisation' : `Team ${team === '' ? 'unattributed' : team}`;
}

/** The forecast of another scope: horizon and interval stay, scenarios of this one do not. */
export function scopeSearch({ workflow, team }: PageScope, search: string = history.location.search): string {
  const given = new URLSearchParams(search);
  const next = new URLSearchParams(keptSearch(search));
  for (const name of ['months', 'level', 'asOf']) {
    const value = given.get(name);
    if (value !== null) next.set(name, value);
  }
  if (workflow !== undefined) next.set('workflow', workflow);
  else if (team !== undefined) next.set('team', team);
  const text = next.toString();
  return text === '' ? '' : `?${text}`;
}

/** A scenario as saved concerns one scope; it is offered where that is shown. */
export function isOf(scope: PageScope, saved: { readonly kind: string; readonly name: string }): boolean {
  if (scope.workflow !== undefined) return saved.kind === 'workflow' && saved.name === scope.workflow;
  if (scope.team !== undefined) return saved.kind === 'team' && saved.name === scope.team;
  return saved.kind === 'organisation';
}
