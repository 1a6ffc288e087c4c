/** Scenario files: what `POST /scenarios/project` takes, in YAML or JSON. Several files are several scenarios over one base. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { parse } from 'yaml';

import type { ProjectAsk, ScenarioDraft } from '../../api/contract/plans.ts';
import { CliError, EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';

/** @throws CliError that names the file and what is wrong with it. */
export async function readScenarioFiles(command: Command, files: readonly string[]): Promise<ProjectAsk> {
  const read = await Promise.all(files.map((file) => readOne(command, file)));
  const { scenarios: _first, ...around } = read[0] ?? { scenarios: [] };
  return { ...around, scenarios: read.flatMap(({ scenarios }) => scenarios) };
}

async function readOne(command: Command, file: string): Promise<ProjectAsk> {
  const text = await readFile(path.resolve(command.around.workingDirectory, file), 'utf8').catch(
    (error: unknown) => {
      throw new CliError(
        `The scenario file ${file} cannot be read (${error instanceof Error ? error.message : String(error)}). Nothing was asked.`,
        EXIT.usage,
      );
    },
  );
  const value = parsed(file, text);
  // One scenario by itself is a file too: what "setpoint scenario show --json" prints.
  if (isRecord(value) && Array.isArray(value.changes))
    return { scenarios: [value as unknown as ScenarioDraft] };
  if (isRecord(value) && Array.isArray(value.scenarios)) return value as unknown as ProjectAsk;
  throw new CliError(
    `${file} holds no scenario: write "scenarios:" with a list of names and changes, or one scenario with "name:" and "changes:". Nothing was asked.`,
    EXIT.usage,
  );
}

function parsed(file: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new CliError(
      `${file} is neither YAML nor JSON (${error instanceof Error ? error.message : String(error)}). Nothing was asked.`,
      EXIT.usage,
    );
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
