/**
 * The part of YAML that files of scenarios are written in: maps and lists by indentation, `{ … }` and `[ … ]` on one line, text and
 * numbers. A whole parser would be larger than the page; what is not understood is refused with its line.
 */

interface Line {
  readonly number: number;
  readonly indent: number;
  readonly text: string;
}

const PAIR = /^("(?:[^"\\]|\\.)*"|[\w.-]+):(?:\s+(.*))?$/;

/** @throws Error that names the line. */
export function readYaml(text: string): unknown {
  const lines = text.split(/\r?\n/).flatMap((raw, at): Line[] => {
    const bare = withoutComment(raw).trimEnd();
    const indent = bare.length - bare.trimStart().length;
    return bare.trim() === '' || bare === '---' ? [] : [{ number: at + 1, indent, text: bare.trim() }];
  });
  const [first] = lines;
  if (first === undefined) return {};
  const [value, rest] = block(lines, first.indent);
  if (rest[0] !== undefined) throw notUnderstood(rest[0]);
  return value;
}

function notUnderstood({ number }: Line): Error {
  return new Error(`Line ${number} is not understood: write "name: value".`);
}

type Parsed = readonly [value: unknown, rest: readonly Line[]];

function block(lines: readonly Line[], indent: number): Parsed {
  return lines[0]?.text.startsWith('- ') === true || lines[0]?.text === '-'
    ? list(lines, indent)
    : map(lines, indent);
}

function list(lines: readonly Line[], indent: number): Parsed {
  const items: unknown[] = [];
  let rest = lines;
  for (let line = rest[0]; line?.indent === indent && line.text.startsWith('-'); line = rest[0]) {
    const text = line.text.slice(1).trimStart();
    if (!PAIR.test(text)) {
      items.push(scalar(text, line));
      rest = rest.slice(1);
      continue;
    }
    // What follows the dash is the first line of a map that goes on below, as far in as it stands here.
    const inner = indent + line.text.length - text.length;
    const [item, after] = map([{ ...line, indent: inner, text }, ...rest.slice(1)], inner);
    items.push(item);
    rest = after;
  }
  return [items, rest];
}

function map(lines: readonly Line[], indent: number): Parsed {
  const found: Record<string, unknown> = {};
  let rest = lines;
  for (let line = rest[0]; line?.indent === indent && !line.text.startsWith('- '); line = rest[0]) {
    const [, key = '', text = ''] = PAIR.exec(line.text) ?? [];
    if (key === '') throw notUnderstood(line);
    rest = rest.slice(1);
    const next = rest[0];
    const isNested =
      next !== undefined && (next.indent > indent || (next.indent === indent && next.text.startsWith('- ')));
    if (text === '' && isNested) {
      const [value, after] = block(rest, next.indent);
      found[plain(key)] = value;
      rest = after;
    } else found[plain(key)] = scalar(text, line);
  }
  return [found, rest];
}

function plain(key: string): string {
  return key.startsWith('"') ? (JSON.parse(key) as string) : key;
}

function scalar(text: string, line: Line): unknown {
  if (text.startsWith('{') && text.endsWith('}'))
    return Object.fromEntries(
      parts(text).map((part) => {
        const [, key = '', value = ''] = PAIR.exec(part) ?? [];
        if (key === '') throw notUnderstood(line);
        return [plain(key), scalar(value, line)];
      }),
    );
  if (text.startsWith('[') && text.endsWith(']')) return parts(text).map((part) => scalar(part, line));
  if (/^[{["'|>&*]/.test(text)) return quoted(text, line);
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

function quoted(text: string, line: Line): string {
  try {
    if (text.startsWith('"')) return JSON.parse(text) as string;
  } catch {
    throw notUnderstood(line);
  }
  if (!/^'(?:[^']|'')*'$/.test(text)) throw notUnderstood(line);
  return text.slice(1, -1).replaceAll("''", "'");
}

/** What stands between commas of one line, where no quote holds them. */
function parts(text: string): string[] {
  const found = text.slice(1, -1).match(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^,"'])+/g) ?? [];
  return found.map((part) => part.trim()).filter((part) => part !== '');
}

/** A comment begins with a sign after a space, outside of quotes. */
function withoutComment(line: string): string {
  const [kept = ''] =
    /^(?:"(?:[^"\\]|\\.)*"|(?<=[\s:,{[])'(?:[^']|'')*'|(?<!^)(?<!\s)#|[^#"]|"(?=[^"]*$))*/.exec(line) ?? [];
  return kept;
}
