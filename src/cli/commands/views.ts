/** `setpoint view list|save|show|delete|restore`. */
import type { LedgerAsk } from '../../api/client.ts';
import type { View } from '../../api/contract/views.ts';
import { listed } from '../options.ts';
import { CliError, EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import { runLedger } from './ledger.ts';
import { showSheet } from './sheets.ts';

export interface SaveOptions {
  readonly name: string;
  readonly link: string;
  readonly note?: string;
}

export async function runViewList(command: Command): Promise<number> {
  const answer = await (await command.client()).views.list();
  const { views } = answer;
  showSheet(command, {
    answer,
    rows: views.map(rowOf),
    sheet: () => ({
      columns: ['View', 'Name', 'Link', 'Owner', 'Changed'].map((header) => ({ header, align: 'left' })),
      rows: views.map((view) => [
        `${view.id}@${view.version}`,
        view.name,
        view.link,
        view.owner,
        view.changedAt.slice(0, 10),
      ]),
    }),
    empty:
      'No view is saved. "setpoint view save --name … --link …" saves one; in the web app the key s does.',
  });
  return EXIT.ok;
}

export async function runViewSave(command: Command, { name, link, note }: SaveOptions): Promise<number> {
  const { views } = await command.client();
  const place = placeOf(link);
  const before = (await views.list()).views.find((view) => isNamed(view, name));
  const view =
    before === undefined
      ? await views.save({ name, ...place, ...(note !== undefined && { note }) })
      : await views.change(before.id, { name, ...place, note: note ?? before.note, version: before.version });
  tell(command, view);
  command.say(
    before === undefined
      ? `View "${view.name}" is saved.`
      : `View "${view.name}" is changed: version ${view.version}. It was ${before.link}.`,
  );
  return EXIT.ok;
}

/** The question of a page that asks the ledger one; else the view itself. */
export async function runViewShow(command: Command, which: string): Promise<number> {
  const view = await find(command, which);
  const ask = questionOf(view);
  const forPeople = command.format === 'table' || command.format === 'md';
  if (ask !== undefined) {
    if (forPeople) command.print(`${view.link}\n\n`);
    else command.say(view.link);
    return runLedger(command, ask);
  }
  showSheet(command, {
    answer: view,
    rows: [rowOf(view)],
    sheet: () => ({
      columns: ['Name', 'Link'].map((header) => ({ header, align: 'left' })),
      rows: [[view.name, view.link]],
    }),
    empty: '',
  });
  command.say('This page asks more than one question; open the link in the web app.');
  return EXIT.ok;
}

export async function runViewDelete(command: Command, which: string): Promise<number> {
  const { id, version } = await find(command, which);
  const view = await (await command.client()).views.remove(id, version);
  tell(command, view);
  command.say(`View "${view.name}" is taken away. "setpoint view restore ${view.id}" brings it back.`);
  return EXIT.ok;
}

export async function runViewRestore(command: Command, id: string): Promise<number> {
  const view = await (await command.client()).views.restore(id);
  tell(command, view);
  command.say(`View "${view.name}" is there again: ${view.link}.`);
  return EXIT.ok;
}

function tell(command: Command, view: View): void {
  if (command.format === 'json' || command.format === 'ndjson') command.print(JSON.stringify(view));
  else command.print(view.id);
}

function rowOf({ id, version, name, link, note, owner, madeAt, changedBy, changedAt }: View) {
  return { id, version, name, link, note, owner, madeAt, changedBy, changedAt };
}

async function find(command: Command, which: string): Promise<View> {
  const { views } = await (await command.client()).views.list();
  const found = views.find(({ id }) => id === which) ?? views.find((view) => isNamed(view, which));
  if (found !== undefined) return found;
  throw new CliError(`There is no view "${which}". Nothing was changed. "setpoint view list" shows all.`);
}

function isNamed(view: View, name: string): boolean {
  return view.name.toLowerCase() === name.trim().toLowerCase();
}

/** Path and state of a link, whole or without its beginning; what they may be is the API's to say. */
function placeOf(link: string): { readonly path: string; readonly state: string } {
  const base = 'http://setpoint.invalid/';
  if (!URL.canParse(link, base))
    throw new CliError(`--link "${link}" is no address of a page, as in "spend?by=team".`, EXIT.usage);
  const { pathname, search } = new URL(link, base);
  return { path: pathname.replaceAll(/^\/+|\/+$/g, ''), state: search.replace(/^\?/, '') };
}

/** What the pages take where their address is silent. */
const PAGE_DEFAULTS: Readonly<Record<string, { readonly by: string; readonly rows: string }>> = {
  spend: { by: 'workflow', rows: '12' },
  ledger: { by: 'workflow,customer', rows: '50' },
};

/** The question that the page asks of the ledger; undefined where it asks none, or several. */
function questionOf({ path, state }: View): LedgerAsk | undefined {
  const defaults = PAGE_DEFAULTS[path];
  if (defaults === undefined) return undefined;
  const given = new URLSearchParams(state);
  const value = (name: string, standard: string): string => given.get(name) ?? standard;
  const compare = value('compare', 'previous');
  const zone = value('zone', '');
  const simulated = value('simulated', 'auto');
  const where = ['where', 'only'].flatMap((name) => conditionsOf(value(name, '')));
  return {
    by: listed(value('by', defaults.by)),
    during: value('during', 'this-month'),
    limit: Number(value('rows', defaults.rows)),
    ...(where.length > 0 && { where }),
    ...(compare !== 'off' && { compare }),
    ...(zone !== '' && { timeZone: zone }),
    ...((simulated === 'only' || simulated === 'exclude') && { simulated }),
  };
}

/** Conditions stand in one value of the address, encoded like a query of their own. */
function conditionsOf(text: string): string[] {
  return [...new URLSearchParams(text)].map(([dimension, value]) => `${dimension}=${value}`);
}
