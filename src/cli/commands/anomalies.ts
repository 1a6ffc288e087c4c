/** `setpoint anomalies` and `setpoint anomaly note`. */
import type {
  AnomaliesAnswer,
  NewAnomalyNote,
  ShapeAnomaly,
  SpendAnomaly,
} from '../../api/contract/anomalies.ts';
import { shareText } from '../../units/figures.ts';
import { moneyColumn } from '../figures.ts';
import { CliError, EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import { renderMarkdown, renderTable } from '../table.ts';
import type { Sheet } from '../table.ts';
import { fileAsked, runFile } from './files.ts';

const NOBODY = 'unattributed';

export async function runAnomalies(
  command: Command,
  ask: {
    readonly during?: string;
    readonly where?: readonly string[];
    readonly timeZone?: string;
    readonly leastDollars?: number;
  },
): Promise<number> {
  const file = fileAsked(command);
  if (file !== undefined) return runFile(command, file, 'anomalies', ask);
  const found = await (await command.client()).anomalies(ask);
  command.print(render(command, found));
  if (command.format !== 'json') command.say(notes(found).join('\n'));
  return EXIT.ok;
}

/** The window of the anomaly is looked up, so that a person needs no more than its id. */
export async function runAnomalyNote(
  command: Command,
  ask: {
    readonly id: string;
    readonly state: NewAnomalyNote['state'];
    readonly note: string;
    readonly during: string | undefined;
  },
): Promise<number> {
  const client = await command.client();
  const found = await client.anomalies(ask.during === undefined ? {} : { during: ask.during });
  const anomaly = [...found.spend, ...found.shape].find(({ id }) => id === ask.id);
  if (anomaly === undefined)
    throw new CliError(
      `There is no anomaly ${ask.id} in ${found.during.text}. Nothing was noted. "setpoint anomalies --during …" lists their ids; name the same period here.`,
    );
  const { workflow, from, to } = anomaly;
  const noted = await client.noteAnomaly(ask.id, { state: ask.state, note: ask.note, workflow, from, to });
  if (command.format === 'json') command.print(JSON.stringify(noted, null, 2));
  else command.say(`Anomaly ${noted.anomaly} is ${noted.state} now.`);
  return EXIT.ok;
}

function render(command: Command, found: AnomaliesAnswer): string {
  switch (command.format) {
    case 'json':
      return JSON.stringify(found, null, 2);
    case 'md':
      return [renderMarkdown(spendSheet(found.spend)), renderMarkdown(shapeSheet(found.shape))].join('\n\n');
    default:
      return [
        found.sentence,
        ...(found.spend.length === 0 ? [] : [renderTable(spendSheet(found.spend), command.style)]),
        ...(found.shape.length === 0 ? [] : [renderTable(shapeSheet(found.shape), command.style)]),
      ].join('\n\n');
  }
}

function notes(found: AnomaliesAnswer): string[] {
  const { asked, measured, judgedHours } = found.band;
  const band =
    measured === null
      ? 'no hour could be judged: three weeks of history are needed'
      : `${shareText(measured, 1)} of ${judgedHours.toLocaleString('en-US')} judged hours lay inside the band that is meant to hold ${shareText(asked, 0)}`;
  const young =
    found.tooYoung.length === 0
      ? []
      : [`too young to judge: ${found.tooYoung.map((name) => name || NOBODY).join(', ')}`];
  return [`${found.during.text} · ${band}`, ...young];
}

function spendSheet(anomalies: readonly SpendAnomaly[]): Sheet {
  const show = moneyColumn(
    anomalies.flatMap(({ actual, expected }) => [actual.toFixed(2), expected.toFixed(2)]),
  );
  return {
    columns: [
      { header: 'Anomaly', align: 'left' },
      { header: 'From (UTC)', align: 'left' },
      { header: 'Hours', align: 'right' },
      { header: 'Where', align: 'left' },
      { header: 'Spent', align: 'right' },
      { header: 'Expected', align: 'right' },
      { header: 'Score', align: 'right' },
      { header: 'State', align: 'left' },
    ],
    rows: anomalies.map((one) => [
      one.id,
      one.from.slice(0, 16).replace('T', ' '),
      String(one.hours),
      pathText(one),
      show(one.actual.toFixed(2)),
      show(one.expected.toFixed(2)),
      one.score.toFixed(1),
      one.state,
    ]),
  };
}

/** The workflow and what tells most: what stood in, else the nodes that carry it, else over what it is spread. */
function pathText({ workflow, path, spread, against, explained }: SpendAnomaly): string {
  const told = path.filter(({ telling }) => telling);
  const [widest] = ['customer', 'key', 'model'].filter((dimension) => spread.includes(dimension));
  const nodes = told.map(({ dimension, value }) => nodeText(dimension, value));
  const over = explained && nodes.length === 0 && widest !== undefined ? [`spread over ${widest}s`] : [];
  const instead = against === null ? [] : [`${nodeText(against.dimension, against.value)} instead`];
  return [workflow || NOBODY, ...(instead.length > 0 ? instead : [...nodes, ...over])].join(' › ');
}

const KIND_WORDS: Readonly<Record<string, string>> = {
  primary: 'first attempts',
  retry: 'retries',
  fallback: 'fallback',
};

function nodeText(dimension: string, value: string): string {
  return dimension === 'kind' ? (KIND_WORDS[value] ?? value) : `${dimension} ${value || NOBODY}`;
}

function shapeSheet(anomalies: readonly ShapeAnomaly[]): Sheet {
  return {
    columns: [
      { header: 'Anomaly', align: 'left' },
      { header: 'Since', align: 'left' },
      { header: 'Workflow', align: 'left' },
      { header: 'What', align: 'left' },
      { header: 'How', align: 'left' },
      { header: 'Before', align: 'right' },
      { header: 'After', align: 'right' },
      { header: 'Change', align: 'right' },
      { header: 'State', align: 'left' },
    ],
    rows: anomalies.map((one) => [
      one.id,
      one.from.slice(0, 10),
      one.workflow || NOBODY,
      one.label,
      one.kind,
      figure(one.before),
      figure(one.after),
      `${one.change > 0 ? '+' : '−'}${(Math.abs(one.change) * 100).toFixed(0)} %`,
      one.state,
    ]),
  };
}

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
}
