/** A scenario as the file that `setpoint forecast --scenario` takes: YAML to read and write by hand, or JSON. */
import type { ScenarioDraft } from '../../../api/contract/plans.ts';
import type { DriverChange } from '../../../operate/forecast/scenario.ts';
import { changeFrom, isSaid } from './draft.ts';
import { readYaml } from './plain-yaml.ts';

export interface ScenarioFile {
  /** Its scope; neither: the organisation. */
  readonly workflow?: string;
  readonly team?: string;
  readonly name: string;
  readonly note: string;
  readonly changes: readonly DriverChange[];
}

type Values = Record<string, unknown>;

export function toYaml({ name, note, workflow, team, changes }: ScenarioFile): string {
  const head = Object.entries({ name, note: note === '' ? undefined : note, workflow, team });
  const lines = head.flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${written(value)}`]));
  if (changes.length === 0) return [...lines, 'changes: []', ''].join('\n');
  const listed = changes.flatMap((change) =>
    Object.entries(change).map(
      ([key, value], at) => `${at === 0 ? '  - ' : '    '}${key}: ${written(value)}`,
    ),
  );
  return [...lines, 'changes:', ...listed, ''].join('\n');
}

/** Text is always quoted, so that no name is taken for a number or a word of YAML. */
function written(value: unknown): string {
  return JSON.stringify(value);
}

export function toDraft({ name, note, workflow, team, changes }: ScenarioFile): ScenarioDraft {
  return {
    name,
    ...(workflow !== undefined && { workflow }),
    ...(team !== undefined && { team }),
    changes: changes.map((one) => ({ ...one })),
    ...(note !== '' && { note }),
  };
}

export interface ScenarioFiles {
  readonly scenarios: readonly ScenarioFile[];
  /** What the file says beside them that is not taken here: a base or a budget in place of the ledger's. */
  readonly leftOut: readonly string[];
}

/** @throws Error in words for whoever chose the file. */
export function readScenarios(text: string): ScenarioFiles {
  const found = text.trimStart().startsWith('{') ? fromJson(text) : (readYaml(text) as Values);
  const { workflow, team } = found;
  const listed = Array.isArray(found['scenarios']) ? (found['scenarios'] as Values[]) : [found];
  return {
    scenarios: listed.map((one) => scenarioOf({ ...around({ workflow, team }), ...one })),
    leftOut: ['base', 'budget'].filter((name) => name in found),
  };
}

function around(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function scenarioOf({ name, note = '', workflow, team, changes = [] }: Values): ScenarioFile {
  if (typeof name !== 'string' || name.trim() === '')
    throw new Error('The file names no scenario: it needs a "name", or "scenarios" that have one.');
  if (!Array.isArray(changes) || !changes.every(isSaid))
    throw new Error(
      `The "changes" of ${name} are no list of changes: each names a "driver", and "times" or "to" as a number.`,
    );
  return {
    name,
    note: String(note),
    changes: changes.map(changeFrom),
    ...(typeof workflow === 'string' && { workflow }),
    ...(typeof team === 'string' && { team }),
  };
}

function fromJson(text: string): Values {
  try {
    return JSON.parse(text) as Values;
  } catch {
    throw new Error('The file is no JSON that can be read.');
  }
}
