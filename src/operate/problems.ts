/** Turns what a schema finds wrong into lines that a person can act on: `providers[1].baseUrl: …`. */
import { z } from 'zod';

export interface SettingProblem {
  /** `providers[1].baseUrl`, or the environment variable or flag that said it. */
  readonly path: string;
  readonly message: string;
}

type Issue = z.core.$ZodIssue;
type Shape = { properties?: Record<string, Shape>; items?: Shape; additionalProperties?: Shape | boolean };

/** @param schema the one that found them; its field names are what misspelt ones are compared with. */
export function explainIssues(issues: readonly Issue[], schema: z.ZodType): SettingProblem[] {
  const shape = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Shape;
  return issues.flatMap((issue) => explain(issue, shape));
}

function explain(issue: Issue, shape: Shape): SettingProblem[] {
  if (issue.code !== 'unrecognized_keys')
    return [{ path: pathText(issue.path), message: lower(issue.message) }];
  const known = Object.keys(shapeAt(shape, issue.path).properties ?? {}).filter((key) => key !== '$schema');
  return issue.keys.map((key) => ({
    path: pathText([...issue.path, key]),
    message: `is no setting; ${suggestion(key, known)}`,
  }));
}

/** The closest known word, where one is close, else all of them. */
export function suggestion(word: string, known: readonly string[]): string {
  const [nearest] = known
    .map((one) => ({ one, far: editDistance(word.toLowerCase(), one.toLowerCase()) }))
    .toSorted((a, b) => a.far - b.far);
  if (nearest !== undefined && nearest.far <= Math.max(2, word.length / 3))
    return `did you mean "${nearest.one}"?`;
  return `here you can set ${known.join(', ')}`;
}

export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`,
    )
    .join('');
}

function shapeAt(shape: Shape, path: readonly PropertyKey[]): Shape {
  return path.reduce<Shape>((at, step) => {
    if (typeof step === 'number') return at.items ?? {};
    const more = at.additionalProperties;
    return at.properties?.[String(step)] ?? (typeof more === 'object' ? more : {});
  }, shape);
}

function lower(message: string): string {
  return message.replace(/^Invalid input: /, '').replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}

/** Levenshtein: the fewest letters to add, drop or change. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (const [at, letter] of [...left].entries()) {
    let diagonal = at;
    const next = [at + 1];
    for (let index = 1; index <= right.length; index += 1) {
      const change = diagonal + Number(letter !== right[index - 1]);
      diagonal = row[index] ?? 0;
      next.push(Math.min(change, diagonal + 1, (next[index - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
