/** `setpoint changes`: the driver waterfall in a terminal. */
import type { ChangesAnswer } from '../../api/contract/anomalies.ts';
import { moneyColumn } from '../figures.ts';
import { EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import { renderMarkdown, renderTable } from '../table.ts';
import type { Sheet } from '../table.ts';
import { fileAsked, runFile } from './files.ts';

const DRIVERS = [
  ['calls', 'Calls'],
  ['mix', 'Mix'],
  ['context', 'Context'],
  ['tokenMix', 'Token mix'],
  ['rate', 'Rate'],
] as const;
const SHOWN_CELLS = 20;

export async function runChanges(
  command: Command,
  ask: {
    readonly after?: string;
    readonly before?: string;
    readonly by?: readonly string[];
    readonly where?: readonly string[];
    readonly timeZone?: string;
  },
): Promise<number> {
  const file = fileAsked(command);
  if (file !== undefined) return runFile(command, file, 'changes', ask);
  command.waits('Comparing the two periods');
  const changes = await (await command.client()).changes(ask);
  command.print(render(command, changes));
  if (command.format !== 'json') command.say(notes(changes).join('\n'));
  return EXIT.ok;
}

function render(command: Command, changes: ChangesAnswer): string {
  switch (command.format) {
    case 'json':
      return JSON.stringify(changes, null, 2);
    case 'md':
      return `${changes.sentence}\n\n${renderMarkdown(sheet(changes))}`;
    default:
      return `${changes.sentence}\n\n${renderTable(sheet(changes), command.style)}`;
  }
}

function sheet(changes: ChangesAnswer): Sheet {
  const cells = changes.cells.slice(0, SHOWN_CELLS);
  const besides = changes.beside !== '0';
  const show = moneyColumn([changes.change, changes.before.cost, changes.after.cost]);
  const money = (amount: string): string =>
    amount === '0' ? show(amount) : `${amount.startsWith('-') ? '' : '+'}${show(amount)}`;
  const drivers = (effects: ChangesAnswer['effects'], beside: string): string[] => [
    ...DRIVERS.map(([name]) => money(effects[name])),
    ...(besides ? [money(beside)] : []),
  ];
  const hidden = changes.cells.length - cells.length + (changes.otherCells?.cells ?? 0);
  return {
    columns: [
      ...changes.dimensions.map((name) => ({ header: headerOf(name), align: 'left' as const })),
      { header: 'Before', align: 'right' },
      { header: 'After', align: 'right' },
      { header: 'Change', align: 'right' },
      ...DRIVERS.map(([, header]) => ({ header, align: 'right' as const })),
      ...(besides ? [{ header: 'Beside', align: 'right' as const }] : []),
    ],
    rows: cells.map(({ group, before, after, change, effects, beside }) => [
      ...group.map((value) => value || 'unattributed'),
      show(before),
      show(after),
      money(change),
      ...drivers(effects, beside),
    ]),
    total: [
      hidden === 0 ? 'Total' : `Total with ${hidden} more`,
      ...changes.dimensions.slice(1).map(() => ''),
      show(changes.before.cost),
      show(changes.after.cost),
      money(changes.change),
      ...drivers(changes.effects, changes.beside),
    ],
  };
}

function headerOf(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function notes({ before, after, unpriced, priceVersions, timeZone }: ChangesAnswer): string[] {
  const span = ({ text, from, to }: ChangesAnswer['before']): string =>
    `${text} (${from.slice(0, 16)} to ${to.slice(0, 16)} UTC)`;
  return [
    `${span(after)} against ${span(before)} · ${timeZone} · price book ${priceVersions[0] ?? 'none'}`,
    ...(unpriced > 0 ? [`${unpriced} calls have no price: what they cost is in neither period`] : []),
  ];
}
