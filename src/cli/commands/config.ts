/** `setpoint config validate`: checks the settings and changes nothing. */
import { loadSettings, SETTINGS_FILE } from '../../operate/operate.ts';
import { EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';

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
