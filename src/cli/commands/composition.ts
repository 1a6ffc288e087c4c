/** `setpoint composition`: what one dollar of each group was made of. */
import type { CompositionAsk } from '../../api/client.ts';
import type { CompositionAnswer } from '../../api/contract/composition.ts';
import { countText, NONE } from '../../units/figures.ts';
import { parseDollars, splitByWeights } from '../../units/money.ts';
import { moneyColumn } from '../figures.ts';
import { EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import { renderMarkdown, renderTable } from '../table.ts';
import type { Sheet } from '../table.ts';
import { fileAsked, runFile } from './files.ts';

type Composed = CompositionAnswer['total'];
type Part = keyof Composed['parts'];

/** In the order of a prompt, then of an answer, then what is neither. */
const PARTS: readonly (readonly [Part, string])[] = [
  ['system', 'System'],
  ['tools', 'Tools'],
  ['history', 'History'],
  ['retrieval', 'Retrieval'],
  ['user', 'User'],
  ['media', 'Media'],
  ['overhead', 'Overhead'],
  ['text', 'Text'],
  ['reasoning', 'Reasoning'],
  ['toolCalls', 'Tool calls'],
  ['fees', 'Fees'],
  ['unknown', 'Unknown'],
];
const CENTS = 100n;

export async function runComposition(command: Command, ask: CompositionAsk): Promise<number> {
  const file = fileAsked(command);
  if (file !== undefined) return runFile(command, file, 'composition', ask);
  const answer = await (await command.client()).composition(ask);
  command.print(render(command, answer));
  if (command.format !== 'json') command.say(notes(answer).join('\n'));
  return EXIT.ok;
}

function render(command: Command, answer: CompositionAnswer): string {
  switch (command.format) {
    case 'json':
      return JSON.stringify(answer, null, 2);
    case 'md':
      return renderMarkdown(sheet(answer));
    default:
      return renderTable(sheet(answer), command.style);
  }
}

/** Cents of a dollar per part; only parts that some group has get a column. */
function sheet(answer: CompositionAnswer): Sheet {
  const { dimensions, groups, beyondLimit, total } = answer;
  const all = [...groups, ...(beyondLimit === null ? [] : [beyondLimit]), total];
  const shown = PARTS.filter(([part]) => all.some(({ parts }) => parts[part] !== '0'));
  const show = moneyColumn(all.map(({ cost }) => cost));
  const row = (names: readonly string[], one: Composed): string[] => [
    ...names,
    show(one.cost),
    ...centsOf(one, shown),
  ];
  const named = (name: string): string[] => dimensions.map((_, at) => (at === 0 ? name : ''));
  return {
    columns: [
      ...dimensions.map((name) => ({
        header: name.charAt(0).toUpperCase() + name.slice(1),
        align: 'left' as const,
      })),
      { header: 'Cost', align: 'right' },
      ...shown.map(([, header]) => ({ header: `${header}, ¢`, align: 'right' as const })),
    ],
    rows: [
      ...groups.map((one) =>
        row(
          one.group.map((value) => value || 'unattributed'),
          one,
        ),
      ),
      ...(beyondLimit === null ? [] : [row(named('Everything else'), beyondLimit)]),
    ],
    total: row(named('Total'), total),
  };
}

/** Whole cents of one dollar, which add up to 100 by largest remainder; none where there is no dollar to cut. */
function centsOf({ cost, parts }: Composed, shown: readonly (readonly [Part, string])[]): string[] {
  const amounts = shown.map(([part]) => parseDollars(parts[part]));
  if (parseDollars(cost) <= 0n || amounts.some((amount) => amount < 0n)) return shown.map(() => NONE);
  return splitByWeights(CENTS, amounts).map((cents, at) =>
    amounts[at] === 0n ? NONE : cents === 0n ? '<1' : cents.toString(),
  );
}

function notes({ during, timeZone, priceVersions, unpriced, unattributed }: CompositionAnswer): string[] {
  return [
    `${during.text}: ${during.from.slice(0, 16)} until ${during.to.slice(0, 16)} UTC · days in ${timeZone} · price book ${priceVersions[0] ?? 'none'}`,
    'Cents of one dollar, estimated by tokens: whose prefix was cached is not told apart. --json has every part to the picodollar.',
    ...(unpriced > 0 ? [`! ${countText(unpriced)} calls have no price: what they cost is in no part.`] : []),
    ...(unattributed > 0 ? [`! ${countText(unattributed)} calls name no workflow.`] : []),
  ];
}
