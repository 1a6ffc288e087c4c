/** Who said what in the settings: kept beside them, so that a person who looks at a running system sees why it is as it is. */

export interface SaidSettings {
  /** The settings file; empty: there is none. */
  readonly file: string;
  /** Paths that the file says, and those that the environment or a flag said over it, by path: `gateway.listen` → `--gateway-listen`. */
  readonly inFile: readonly string[];
  readonly over: Readonly<Record<string, string>>;
  /**
   * The file with what was said over it, as JSON, without the values of headers and the words of commands; undefined where it is too large to be handed
   * from process to process.
   */
  readonly whole: string | undefined;
}

/** Settings travel in the environment of processes, where one variable holds 128 KiB. */
const MOST_CHARACTERS = 24_000;
const DEPTH = 2;

export function saidOf(
  raw: Record<string, unknown>,
  file: Record<string, unknown>,
  origins: ReadonlyMap<string, string>,
): SaidSettings {
  const whole = JSON.stringify(raw, withoutDoubtful);
  return {
    file: '',
    inFile: pathsOf(file, DEPTH),
    over: Object.fromEntries(origins),
    whole: whole.length > MOST_CHARACTERS ? undefined : whole,
  };
}

function pathsOf(value: unknown, depth: number): string[] {
  if (depth === 0 || typeof value !== 'object' || value === null || Array.isArray(value)) return [''];
  return Object.entries(value).flatMap(([name, inner]) =>
    pathsOf(inner, depth - 1).map((path) => (path === '' ? name : `${name}.${path}`)),
  );
}

/** Headers and the words of a command are places where people put a credential although they should not. */
function withoutDoubtful(name: string, value: unknown): unknown {
  if (name === 'command' && Array.isArray(value)) return [value[0], KEPT_OUT];
  if (name !== 'headers' || typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([header, text]) => [header, typeof text === 'string' ? KEPT_OUT : text]),
  );
}

export const KEPT_OUT = '(kept out of the export)';
