/** `setpoint config validate|show|export`: checks settings, and shows those that a server runs with. */
import { loadSettings, SETTINGS_FILE } from '../../operate/operate.ts';
import { CliError, EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import { renderCsv, renderMarkdown, renderTable } from '../table.ts';
import type { Sheet } from '../table.ts';

export function runConfigValidate(command: Command, file: string | undefined): number {
  const { environment, workingDirectory } = command.around;
  const check = loadSettings({ config: file ?? command.config, workingDirectory, environment, flags: {} });
  const problems = check.kind === 'problems' ? check.problems : [];
  if (command.format === 'table' || command.format === 'md') {
    for (const { path, message } of problems) command.print(`${path}: ${message}`);
    const place = check.file ?? `no ${SETTINGS_FILE} here; the built-in settings`;
    command.say(
      problems.length === 0
        ? `${place}: valid.`
        : `${place}: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}. A start with these settings is refused.`,
    );
  } else {
    command.print(JSON.stringify({ valid: problems.length === 0, file: check.file ?? null, problems }));
  }
  return problems.length === 0 ? EXIT.ok : EXIT.failure;
}

/** `setpoint config show`: the settings that the server runs with, each with who said it. */
export async function runConfigShow(command: Command, all: boolean): Promise<number> {
  const found = await (await command.client()).settings();
  const shown = all
    ? found.settings
    : found.settings.filter(({ path }) => !/^(limits|overload)\./.test(path));
  if (command.format === 'json') command.print(JSON.stringify(found, null, 2));
  else if (command.format === 'ndjson')
    command.print(shown.map((setting) => JSON.stringify(setting)).join('\n'));
  else {
    const sheet: Sheet = {
      columns: ['Setting', 'Value', 'Said by'].map((header) => ({ header, align: 'left' as const })),
      rows: shown.map(({ path, value, origin, where }) => [path, value, where === '' ? origin : where]),
    };
    if (command.format === 'csv')
      command.print(renderCsv([sheet.columns.map(({ header }) => header), ...sheet.rows]));
    else if (command.format === 'md') command.print(renderMarkdown(sheet));
    else {
      command.say(found.sentence);
      command.print(renderTable(sheet, command.style));
      if (!all) command.say('Limits are not shown: --all shows them.');
    }
  }
  return EXIT.ok;
}

/** `setpoint config export`: the same as a settings file, without secrets. */
export async function runConfigExport(command: Command): Promise<number> {
  const found = await (await command.client()).settings();
  if (found.yaml === null)
    throw new CliError(`The settings are too long to be handed over. Read the file itself: ${found.file}`);
  command.print(command.format === 'json' ? JSON.stringify({ yaml: found.yaml }) : found.yaml.trimEnd());
  return EXIT.ok;
}
