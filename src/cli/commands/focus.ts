/** `setpoint focus export`, `check` and `model add`. Checking needs no server: the file and the model are all there is. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import type { FocusAsk } from '../../api/client.ts';
import type { CheckReport, Model, RuleReport, SetReport } from '../../inform/focus/focus.ts';
import { countText } from '../../units/figures.ts';
import { CliError, EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import { renderCsv, renderMarkdown, renderTable } from '../table.ts';
import type { Sheet } from '../table.ts';
import { refuseTerminal, writeBytes } from './files.ts';

export async function runFocusExport(
  command: Command,
  { out, ...ask }: FocusAsk & { readonly out: string | undefined },
): Promise<number> {
  const format = ask.format ?? 'csv';
  refuseTerminal(command, format, out, '--out');
  const response = await (await command.client()).focus(ask);
  const size = await writeBytes(command, response, format, out);
  const header = (name: string): string => response.headers.get(`x-setpoint-focus-${name}`) ?? '';
  const unpriced = Number(header('unpriced-calls'));
  command.say(
    `FOCUS ${header('spec')} · ${header('period')} · ${header('cost')} USD in the ledger · price book ${header('price-book-version')} · complete until ${header('complete-until')} · ${countText(size)} bytes`,
  );
  if (unpriced > 0)
    command.say(
      `${countText(unpriced)} calls have no price and are not in the file: nobody knows what they cost. "setpoint ledger --of unpricedCalls --by model" names their models.`,
    );
  return EXIT.ok;
}

export async function runFocusCheck(
  command: Command,
  ask: {
    readonly file: string;
    readonly model: string | undefined;
    readonly supports: readonly string[];
    readonly everyRule: boolean;
  },
): Promise<number> {
  const [focus, { withTableFile }] = await Promise.all([
    import('../../inform/focus/focus.ts'),
    import('../../tables/tables.ts'),
  ]);
  const model = await modelOf(command, ask.model);
  try {
    const file = path.resolve(command.around.workingDirectory, ask.file);
    const report = await withTableFile(file, (table) =>
      focus.checkFocus(table, { model, supports: ask.supports }),
    );
    command.print(render(command, report, ask.everyRule));
    for (const note of report.notes) command.say(note);
    if (model === undefined)
      command.say(`No requirements model: only our own format rules were run. ${focus.WHERE_TO_GET_IT}`);
    return report.conforms ? EXIT.ok : EXIT.failure;
  } catch (error) {
    throw explained(error, ask.file);
  }
}

export async function runFocusModelAdd(command: Command, file: string): Promise<number> {
  const { keepModel, modelFile } = await import('../../inform/focus/focus.ts');
  const { data } = await command.settings();
  try {
    const text = await readFile(path.resolve(command.around.workingDirectory, file), 'utf8');
    const model = await keepModel(data, text);
    const kept = modelFile(data);
    if (command.format === 'json')
      command.print(JSON.stringify({ model: model.name, rules: model.rules.length, file: kept }));
    else command.print(`${model.name}: ${model.rules.length} rules, kept in ${kept}`);
    return EXIT.ok;
  } catch (error) {
    throw explained(error, file);
  }
}

async function modelOf(command: Command, named: string | undefined): Promise<Model | undefined> {
  const { keptModel, readModel } = await import('../../inform/focus/focus.ts');
  try {
    if (named !== undefined)
      return readModel(await readFile(path.resolve(command.around.workingDirectory, named), 'utf8'));
    const text = await keptModel((await command.settings()).data);
    return text === undefined ? undefined : readModel(text);
  } catch (error) {
    throw explained(error, named ?? 'the model');
  }
}

function explained(error: unknown, file: string): unknown {
  if (!(error instanceof Error)) return error;
  if ('code' in error && error.code === 'ENOENT')
    return new CliError(`There is no file ${file}.`, EXIT.usage);
  if (error.name === 'TableUnreadable') return new CliError(`${file}: ${error.message}`, EXIT.usage);
  return error.name === 'ModelError' ? new CliError(error.message, EXIT.usage) : error;
}

function render(command: Command, report: CheckReport, everyRule: boolean): string {
  const shown = report.sets.flatMap((set) =>
    set.rules.filter((rule) => everyRule || isFinding(rule)).map((rule) => ({ set, rule })),
  );
  switch (command.format) {
    case 'json':
      return JSON.stringify(report, null, 2);
    case 'ndjson':
      return shown.map(({ rule }) => JSON.stringify(rule)).join('\n');
    case 'csv':
      return renderCsv([
        ['set', 'rule', 'obligation', 'verdict', 'rowsChecked', 'rowsFailed', 'reason', 'sentence', 'defect'],
        ...shown.map(({ set, rule }) => [
          set.name,
          rule.id,
          rule.obligation,
          rule.verdict,
          String(rule.rowsChecked),
          String(rule.rowsFailed),
          rule.reason,
          rule.sentence,
          rule.defect ?? '',
        ]),
      ]);
    case 'md':
      return [
        ...report.sets.map((set) => `${summaryOf(set)}\n`),
        renderMarkdown(sheetOf(shown.map(({ rule }) => rule))),
      ].join('\n');
    default:
      return [
        `${countText(report.rows)} rows, ${report.columns.length} columns`,
        ...report.sets.map(summaryOf),
        ...(everyRule
          ? [renderTable(sheetOf(shown.map(({ rule }) => rule)), command.style)]
          : shown.flatMap(({ rule }) => findingLines(rule))),
        report.conforms ? 'No rule that must be kept is broken.' : 'The file breaks rules that must be kept.',
      ].join('\n');
  }
}

/** Composites only pass on what their parts say. */
function isFinding(rule: RuleReport): boolean {
  return rule.verdict === 'fail' && rule.parts === null;
}

function summaryOf({ name, counts, broken, advised, defects, rules }: SetReport): string {
  const known =
    defects === 0 ? '' : ` · ${defects} rules with a known defect in the model, judged by their sentences`;
  return `${name}: ${rules.length} rules · ${counts.pass} pass · ${counts.fail} fail (${broken} must, ${advised} should, the rest by their parts) · ${counts['not-applicable']} not applicable · ${counts.dynamic} not machine-checkable${known}`;
}

function findingLines(rule: RuleReport): readonly string[] {
  const rows =
    rule.rowsFailed === 0
      ? rule.reason
      : `${countText(rule.rowsFailed)} of ${countText(rule.rowsChecked)} rows`;
  return [
    '',
    `${rule.id} (${rule.obligation}) fails: ${rows}`,
    `  ${rule.sentence}`,
    ...(rule.defect === null ? [] : [`  The model's own rule is wrong: ${rule.defect}.`]),
    ...rule.first.map(({ row, values }) => {
      const cells = Object.entries(values).map(
        ([name, value]) => `${name}=${value === null ? 'null' : JSON.stringify(value)}`,
      );
      return `  row ${row}: ${cells.join(', ')}`;
    }),
  ];
}

function sheetOf(rules: readonly RuleReport[]): Sheet {
  return {
    columns: [
      { header: 'Rule', align: 'left' },
      { header: 'Binding', align: 'left' },
      { header: 'Verdict', align: 'left' },
      { header: 'Rows failed', align: 'right' },
      { header: 'Why', align: 'left' },
    ],
    rows: rules.map((rule) => [
      rule.id,
      rule.obligation,
      rule.verdict,
      rule.rowsFailed === 0 ? '' : countText(rule.rowsFailed),
      rule.defect === null ? rule.reason : `${rule.reason} (model defect: ${rule.defect})`,
    ]),
  };
}
