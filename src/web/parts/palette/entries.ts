/** What the palette finds: pages, acts, saved views, and the names that the ledger and the invoices know. */
import type { View } from '../../../api/contract/views.ts';
import { PAGES } from '../../pages.ts';
import { toAddress } from '../conditions.ts';
import { dimensionLabel } from '../dimensions.ts';
import { filtersNow } from '../filters.ts';
import { density, singleKeys, turnDensity } from '../kept.ts';
import { openOverlay } from '../overlay.ts';
import { goTo, keptSearch } from '../path.ts';
import { PRESETS } from '../periods.ts';
import { SHORTCUTS, choosePeriod } from '../shortcuts.ts';
import { openView } from '../views/current-view.ts';

export interface Entry {
  readonly id: string;
  readonly label: string;
  /** What it is, where names alone do not say. */
  readonly note?: string | undefined;
  readonly keys?: string | undefined;
  readonly run: () => void;
}

export interface EntryGroup {
  readonly value: string;
  readonly items: readonly Entry[];
}

/** In which the palette looks for names. */
export const NAMED = ['workflow', 'team', 'customer', 'model', 'key'] as const;
export type Names = Readonly<Partial<Record<(typeof NAMED)[number], readonly string[]>>>;

interface Bill {
  readonly id: string;
  readonly label: string;
}

const A_GROUP = 6;
const CALL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{4,}$/i;

export function entriesFor(
  query: string,
  names: Names,
  bills: readonly Bill[],
  views: readonly View[],
): EntryGroup[] {
  const text = query.trim().toLowerCase();
  const fixed: EntryGroup[] = [
    { value: 'Go to', items: best(pageEntries(), text) },
    { value: 'Do', items: best(actEntries(), text) },
    { value: 'Period', items: text === '' ? [] : best(periodEntries(), text) },
  ];
  const found: EntryGroup[] =
    text === ''
      ? []
      : [
          { value: 'Views', items: best(viewEntries(views), text).slice(0, A_GROUP) },
          { value: 'Call', items: callEntries(query.trim()) },
          ...NAMED.map((dimension) => ({
            value: `${dimensionLabel(dimension)}s`,
            items: bestNames(names[dimension] ?? [], text).map((name) => nameEntry(dimension, name)),
          })),
          { value: 'Forecasts', items: forecastEntries(names, text) },
          { value: 'Invoices', items: best(billEntries(bills), text).slice(0, A_GROUP) },
        ];
  return [...fixed, ...found].filter(({ items }) => items.length > 0);
}

function pageEntries(): Entry[] {
  return PAGES.filter(({ path }) => !path.includes('$')).map(({ path, label, key }) => ({
    id: `page ${path}`,
    label,
    keys: key === undefined ? undefined : `g ${key}`,
    run: () => goTo(path),
  }));
}

/** The shortcuts that do something, and what has no key. */
function actEntries(): Entry[] {
  const acts = SHORTCUTS.filter(
    ({ group, keys }) => ['Everywhere', 'Ask'].includes(group) && keys !== 'mod+k',
  );
  return [
    ...acts.map(({ keys, label, run }) => ({ id: `act ${keys}`, label, keys, run: () => run?.() })),
    {
      id: 'act density',
      label: density.get() === 'compact' ? 'Rows further apart' : 'Rows closer together',
      run: turnDensity,
    },
    {
      id: 'act single keys',
      label: `Turn shortcuts of a single key ${singleKeys.get() === 'on' ? 'off' : 'on'}`,
      run: () => singleKeys.set(singleKeys.get() === 'on' ? 'off' : 'on'),
    },
    { id: 'act print', label: 'Print', run: () => setTimeout(() => print(), 100) },
    { id: 'act help', label: 'Help: all shortcuts', run: () => openOverlay('help') },
  ];
}

function periodEntries(): Entry[] {
  return PRESETS.map(({ during, label, key }) => ({
    id: `period ${during}`,
    label,
    note: 'period',
    keys: key,
    run: () => choosePeriod(during),
  }));
}

function nameEntry(dimension: string, name: string): Entry {
  return { id: `${dimension} ${name}`, label: name, note: dimension, run: () => goToName(dimension, name) };
}

function forecastEntries(names: Names, text: string): Entry[] {
  const all = (['workflow', 'team'] as const).flatMap((dimension) =>
    (names[dimension] ?? []).map((name) => ({ dimension, name, label: `Forecast of ${name}` })),
  );
  return byRank(all, text, ({ label }) => label)
    .slice(0, A_GROUP)
    .map(({ dimension, name, label }) => ({
      id: `forecast ${dimension} ${name}`,
      label,
      note: dimension,
      run: () => goTo('forecast', `?${new URLSearchParams({ [dimension]: name }).toString()}`),
    }));
}

/** A workflow has a page; everything else is spend that fulfils one more condition. */
function goToName(dimension: string, name: string): void {
  if (dimension === 'workflow' && has('workflows/$name'))
    return goTo(`workflows/${encodeURIComponent(name)}`);
  const condition = `${dimension}=${name}`;
  const { where } = filtersNow();
  const search = new URLSearchParams(keptSearch());
  search.set('where', toAddress(where.includes(condition) ? where : [...where, condition]));
  goTo(has('spend') ? 'spend' : 'ledger', `?${search.toString()}`);
}

function billEntries(bills: readonly Bill[]): Entry[] {
  return bills.map(({ id, label }) => ({
    id: `invoice ${id}`,
    label,
    note: 'invoice',
    run: () => goTo('invoices', `?${new URLSearchParams({ view: 'statements', statement: id }).toString()}`),
  }));
}

function viewEntries(views: readonly View[]): Entry[] {
  return views.map((view) => ({
    id: `view ${view.id}`,
    label: view.name,
    note: 'view',
    run: () => openView(view),
  }));
}

/** An id of a call is not looked up before it is opened: the receipt says whether there is one. */
function callEntries(text: string): Entry[] {
  if (!CALL.test(text)) return [];
  const search = new URLSearchParams(keptSearch());
  search.set('call', text.toLowerCase());
  return [{ id: 'call', label: text, note: 'receipt', run: () => goTo('ledger', `?${search.toString()}`) }];
}

function has(path: string): boolean {
  return PAGES.some((page) => page.path === path);
}

/** The first so many, over all groups. */
export function firstOf(groups: readonly EntryGroup[], most: number): EntryGroup[] {
  let left = most;
  return groups.flatMap(({ value, items }) => {
    const shown = items.slice(0, Math.max(0, left));
    left -= shown.length;
    return shown.length === 0 ? [] : [{ value, items: shown }];
  });
}

/** Those whose beginning is meant before those where the text begins a word, and these before those where it is in the middle. */
function best(entries: readonly Entry[], text: string): Entry[] {
  return byRank(entries, text, ({ label }) => label);
}

/** There are hundreds of names, and each letter that is written asks them all: only those that are shown become entries. */
function bestNames(names: readonly string[], text: string): string[] {
  return byRank(names, text, (name) => name).slice(0, A_GROUP);
}

function byRank<T>(all: readonly T[], text: string, labelOf: (one: T) => string): T[] {
  if (text === '') return [...all];
  const ranks: [T[], T[], T[]] = [[], [], []];
  for (const one of all) {
    const label = labelOf(one).toLowerCase();
    const at = label.indexOf(text);
    if (at === 0) ranks[0].push(one);
    else if (at > 0) ranks[/\W/.test(label.charAt(at - 1)) ? 1 : 2].push(one);
  }
  return ranks.flat();
}
