/** `setpoint invoice …`: what it prints. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import type {
  Corrections,
  ImportAsk,
  InvoiceDetail,
  NewReconciliation,
  Reconciliation,
} from '../../api/contract/invoices.ts';
import { NONE, shareText } from '../../units/figures.ts';
import { exactDollars } from '../figures.ts';
import { CliError, EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import { renderCsv, renderMarkdown, renderTable } from '../table.ts';
import type { Sheet } from '../table.ts';
import { fileAsked, runFile } from './files.ts';

const LONGEST_ID = 12;
const LEFT_OUT = {
  ledger: 'the ledger does not tell',
  statement: 'the statement does not tell',
  names: 'ledger and statement name it differently',
} as const;

export async function runInvoiceImport(
  command: Command,
  file: string,
  mappingFile: string | undefined,
  ask: ImportAsk,
): Promise<number> {
  const bytes = await readInput(command, file);
  const mapping =
    mappingFile === undefined ? undefined : new TextDecoder().decode(await readInput(command, mappingFile));
  const client = await command.client();
  const imported = await client.invoices.import(bytes, mediaType(file, bytes), {
    ...ask,
    file: path.basename(file),
    ...(mapping !== undefined && { mapping }),
  });
  if (command.format === 'json') command.print(JSON.stringify(imported, null, 2));
  else command.print(imported.id);
  command.say(
    imported.repeated
      ? `${imported.fileName} was imported before, on ${imported.at.slice(0, 10)}: nothing is new.`
      : `${imported.lines} lines from ${imported.firstDay} to ${imported.lastDay}. Next: setpoint invoice reconcile --month ${imported.firstDay.slice(0, 7)}`,
  );
  return EXIT.ok;
}

async function readInput(command: Command, file: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(path.resolve(command.around.workingDirectory, file)));
  } catch {
    throw new CliError(`${file} cannot be read. Nothing was imported. Name a file that exists.`, EXIT.usage);
  }
}

function mediaType(file: string, bytes: Uint8Array): string {
  if (new TextDecoder().decode(bytes.subarray(0, 4)) === 'PAR1') return 'application/vnd.apache.parquet';
  return file.endsWith('.json')
    ? 'application/json'
    : file.endsWith('.ndjson')
      ? 'application/x-ndjson'
      : 'text/csv';
}

export async function runInvoiceList(command: Command): Promise<number> {
  const { invoices: client } = await command.client();
  const [{ invoices }, { reconciliations }] = await Promise.all([client.list(), client.reconciliations()]);
  if (command.format === 'json') command.print(JSON.stringify({ invoices, reconciliations }, null, 2));
  else {
    const imports = invoices.map((one) => [
      one.id.slice(0, LONGEST_ID),
      one.kind,
      one.fileName,
      `${one.firstDay}..${one.lastDay}`,
      String(one.lines),
      one.invoice || NONE,
    ]);
    const made = reconciliations.map((one) => [
      one.id,
      one.month,
      one.provider || 'all',
      one.at.slice(0, 16),
      one.appliedAt === null ? 'proposed' : 'applied',
      String(one.lines ?? 0),
    ]);
    render(command, sheetOf(['Import', 'Kind', 'File', 'Days', '>Lines', 'Invoice'], imports), [
      sheetOf(['Reconciliation', 'Month', 'Provider', 'Made', 'State', '>Lines'], made),
    ]);
  }
  return EXIT.ok;
}

export async function runInvoiceShow(
  command: Command,
  id: string,
  { keys, show }: { readonly keys: boolean; readonly show: string | undefined },
): Promise<number> {
  const file = keys ? fileAsked(command) : undefined;
  if (file !== undefined)
    return runFile(command, file, 'reconciliation', { id, ...(show !== undefined && { show }) });
  if (command.file !== undefined)
    throw new CliError('Keys of a reconciliation are a file; add --keys to have them.', EXIT.usage);
  const { invoices: client } = await command.client();
  if (id.startsWith('rec-'))
    return showReconciliation(command, await client.reconciliation(id), keys ? (show ?? '') : undefined);
  const whole =
    id.length >= 64 ? id : ((await client.list()).invoices.find((one) => one.id.startsWith(id))?.id ?? id);
  const shown = await client.show(whole);
  if (command.format === 'json') command.print(JSON.stringify(shown, null, 2));
  else render(command, statementSheet(shown), []);
  return EXIT.ok;
}

function statementSheet({ statement }: InvoiceDetail): Sheet {
  return sheetOf(
    ['>Row', 'Day', 'Account', 'Model', 'Class', 'Tier', '>Units', '>Cost', 'Text'],
    statement.map((line) => [
      String(line.row),
      line.day,
      line.account ?? NONE,
      line.model ?? NONE,
      line.bucket ?? NONE,
      line.tier ?? NONE,
      line.units ?? NONE,
      line.cost === null ? NONE : exactDollars(line.cost, 2),
      line.text,
    ]),
  );
}

export async function runInvoiceReconcile(command: Command, ask: NewReconciliation): Promise<number> {
  command.waits('Comparing every key of the month with its statements');
  const made = await (await command.client()).invoices.reconcile(ask);
  const code = showReconciliation(command, made, undefined);
  if (made.corrections.count > 0)
    command.say(
      `${made.corrections.count} corrections of ${exactDollars(made.corrections.sum, 2)} are proposed, none is posted: setpoint invoice apply ${made.id} --preview`,
    );
  return code;
}

/** A waterfall per provider; on demand the keys with a cause or in a state (empty: that differ). */
function showReconciliation(command: Command, made: Reconciliation, show: string | undefined): number {
  if (command.format === 'json') command.print(JSON.stringify(made, null, 2));
  else
    render(
      command,
      show === undefined ? waterfallSheet(made) : keySheet(made, show),
      show === undefined ? [coverageSheet(made), objectiveSheet(made)] : [],
    );
  for (const { provider, grain, unknownTexts } of made.providers) {
    const lost = grain.coarsened.map(({ part, because }) => `${part} (${LEFT_OUT[because]})`);
    command.say(
      `${provider}: matched by ${grain.parts.join(', ')}${lost.length === 0 ? '' : `; left out: ${lost.join(', ')}`}`,
    );
    if (unknownTexts.length > 0)
      command.say(`${provider}: known to no rule, so unexplained: ${unknownTexts.slice(0, 5).join(' · ')}`);
  }
  command.say(
    `${made.id} · ${made.month} · ${made.appliedAt === null ? 'proposed' : `applied ${made.appliedAt}`}`,
  );
  return EXIT.ok;
}

function waterfallSheet({ providers }: Reconciliation): Sheet {
  return sheetOf(
    ['Provider', 'Step', '>Amount'],
    providers.flatMap(({ provider, ledger, causes, invoice }) => [
      [provider, 'ledger', exactDollars(ledger, 2)],
      ...causes.map(({ cause, amount }) => [provider, cause, exactDollars(amount, 2)]),
      [provider, 'invoice', invoice === null ? 'not stated' : exactDollars(invoice, 2)],
    ]),
  );
}

function coverageSheet({ providers }: Reconciliation): Sheet {
  return sheetOf(
    ['Provider', 'State', '>Keys', '>Spend', '>Share'],
    providers.flatMap(({ provider, coverage }) =>
      coverage
        // Keys of no money, such as a failed call's, are nothing that anybody must look at.
        .filter(({ keys, cost, state }) => keys > 0 && (cost !== '0' || state === 'unexplained'))
        .map(({ state, keys, cost, share }) => [
          provider,
          state,
          String(keys),
          exactDollars(cost, 2),
          share === null ? NONE : shareText(share, 1),
        ]),
    ),
  );
}

function objectiveSheet({ providers }: Reconciliation): Sheet {
  return sheetOf(
    ['Provider', 'Objective', '>Limit', '>Measured', '>Keys inside', 'Met'],
    providers.flatMap(({ provider, objectives }) =>
      objectives.map(({ name, limit, measured, inside, of, pass }) => [
        provider,
        name,
        shareText(limit, 1),
        measured === null ? NONE : shareText(measured, 1),
        of === null ? NONE : `${inside ?? 0} of ${of}`,
        pass === null ? 'cannot tell' : pass ? 'yes' : 'no',
      ]),
    ),
  );
}

function keySheet({ providers }: Reconciliation, show: string): Sheet {
  return sheetOf(
    ['Provider', 'Day', 'Account', 'Model', 'Class', 'State', 'Cause', '>Amount', 'Arithmetic'],
    providers.flatMap(({ provider, keys }) =>
      keys.flatMap((key) =>
        key.claims
          .filter(({ cause }) => show === '' || show === cause || show === key.state)
          .map(({ cause, amount, arithmetic }) => [
            provider,
            key.day || NONE,
            key.account || NONE,
            key.model,
            key.bucket,
            key.state,
            cause,
            exactDollars(amount, 2),
            arithmetic,
          ]),
      ),
    ),
  );
}

export async function runInvoiceApply(
  command: Command,
  id: string,
  { preview, final }: { readonly preview: boolean; readonly final: boolean },
): Promise<number> {
  const { invoices: client } = await command.client();
  if (preview) {
    const shown = await client.corrections(id);
    if (command.format === 'json') command.print(JSON.stringify(shown, null, 2));
    else render(command, correctionSheet(shown), []);
    command.say('Nothing was posted.');
    return EXIT.ok;
  }
  const applied = await client.apply(id, { final });
  if (command.format === 'json') command.print(JSON.stringify(applied, null, 2));
  const where = applied.bookAt === null ? 'on their days' : `at ${applied.bookAt}, for the closed month`;
  command.say(
    applied.repeated
      ? `${id} was applied before: nothing was posted again.`
      : `${applied.lines} lines were posted ${where}.`,
  );
  return EXIT.ok;
}

function correctionSheet({ corrections, sum }: Corrections): Sheet {
  const rows = corrections.map((one) => [
    one.day || NONE,
    one.provider,
    one.model || NONE,
    one.bucket || NONE,
    one.workflow || 'unattributed',
    one.cause,
    one.units,
    exactDollars(one.amount, 2),
  ]);
  return {
    ...sheetOf(['Day', 'Provider', 'Model', 'Bucket', 'Workflow', 'Cause', '>Units', '>Amount'], rows),
    total: ['', '', '', '', '', 'all', '', exactDollars(sum, 2)],
  };
}

export async function runInvoiceClose(command: Command, month: string): Promise<number> {
  const closed = await (await command.client()).invoices.close(month);
  if (command.format === 'json') command.print(JSON.stringify(closed, null, 2));
  command.say(
    `${closed.month} is closed at ${exactDollars(closed.cost, 2)} in ${closed.lines} lines. What comes later is booked in an open month, for it.`,
  );
  return EXIT.ok;
}

/** Headers that begin with `>` are those of figures. */
function sheetOf(headers: readonly string[], rows: readonly (readonly string[])[]): Sheet {
  return {
    columns: headers.map((header) =>
      header.startsWith('>') ? { header: header.slice(1), align: 'right' } : { header, align: 'left' },
    ),
    rows,
  };
}

/** CSV and NDJSON hold the first sheet alone: one table a file. */
function render(command: Command, sheet: Sheet, more: readonly Sheet[]): void {
  const names = sheet.columns.map(({ header }) => header);
  switch (command.format) {
    case 'csv':
      return command.print(renderCsv([names, ...sheet.rows]));
    case 'ndjson':
      return command.print(
        sheet.rows
          .map((row) => JSON.stringify(Object.fromEntries(names.map((name, at) => [name, row[at]]))))
          .join('\n'),
      );
    case 'md':
      return command.print([sheet, ...more].map(renderMarkdown).join('\n\n'));
    default:
      return command.print(
        [sheet, ...more]
          .filter(({ rows }) => rows.length > 0)
          .map((one) => renderTable(one, command.style))
          .join('\n\n'),
      );
  }
}
