/** A scenario as the file that `setpoint forecast --scenario` takes: YAML to read and write by hand, or JSON. */
import type { ScenarioDraft } from '../../../api/contract/forecast.ts';
import type { DriverChange } from '../../../operate/forecast/scenario.ts';
import { changeFrom, isSaid } from './draft.ts';
import type { PageScope } from './scope.ts';

export interface ScenarioFile extends PageScope {
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

/** @throws Error in words for whoever chose the file. */
export function readScenario(text: string): ScenarioFile {
  const found = text.trimStart().startsWith('{') ? fromJson(text) : fromYaml(text);
  const { name, note = '', workflow, team, changes = [] } = found;
  if (typeof name !== 'string' || name.trim() === '')
    throw new Error('The file names no scenario: it needs a "name".');
  if (!Array.isArray(changes) || !changes.every(isSaid))
    throw new Error(
      'Its "changes" are no list of changes: each names a "driver", and "times" or "to" as a number.',
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

/** The part of YAML that a scenario needs: values by name, and one list of them. */
function fromYaml(text: string): Values {
  const top: Values = {};
  let item: Values | undefined;
  for (const [at, raw] of text.split(/\r?\n/).entries()) {
    // A comment is looked for only where no text is quoted, since a quoted text may hold its sign.
    const line = (/["']/.test(raw) ? raw : raw.replace(/(^|\s)#.*$/, '')).trimEnd();
    if (line.trim() === '' || line.trim() === '---') continue;
    const match = /^(\s*)(- +)?([A-Za-z]+):(?:\s+(.*))?$/.exec(line);
    if (match === null) throw new Error(`Line ${at + 1} is not understood: write "name: value".`);
    const [, indent = '', dash, key = '', value = ''] = match;
    if (dash !== undefined) {
      item = {};
      (top['changes'] as Values[] | undefined)?.push(item);
    } else if (indent === '') item = undefined;
    if (key === 'changes' && item === undefined) top['changes'] = [];
    else (item ?? top)[key] = valueOf(value);
  }
  return top;
}

function valueOf(text: string): unknown {
  if (text.startsWith('"')) return JSON.parse(text) as unknown;
  if (/^'.*'$/.test(text)) return text.slice(1, -1).replaceAll("''", "'");
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}
