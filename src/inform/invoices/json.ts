/**
 * JSON whose numbers stay the text that they were written as: an amount that once was a binary fraction cannot be made
 * exact again. All accessors take what is absent or null as absent.
 */
export type JsonRow = Readonly<Record<string, unknown>>;

/** @throws SyntaxError when the text is no JSON. */
export function parseExactJson(text: string): unknown {
  const reviver = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === 'number' ? (context?.source ?? String(value)) : value;
  return JSON.parse(text, reviver);
}

export function isRow(value: unknown): value is JsonRow {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text of a field, numbers as written; undefined where there is none. */
export function textOf(row: JsonRow, name: string): string | undefined {
  const value = Object.hasOwn(row, name) ? row[name] : undefined;
  if (typeof value === 'string') return value;
  return typeof value === 'boolean' ? String(value) : undefined;
}

export function rowOf(row: JsonRow, name: string): JsonRow {
  const value = Object.hasOwn(row, name) ? row[name] : undefined;
  return isRow(value) ? value : {};
}

export function rowsOf(row: JsonRow, name: string): readonly JsonRow[] {
  const value = Object.hasOwn(row, name) ? row[name] : undefined;
  return Array.isArray(value) ? value.filter(isRow) : [];
}

/** Pages in any wrapping: one page, a list of pages, one page a line. */
export function parsePages(text: string): readonly JsonRow[] {
  const parse = (one: string): unknown[] => {
    const value = parseExactJson(one);
    return Array.isArray(value) ? value : [value];
  };
  let values: unknown[];
  try {
    values = parse(text);
  } catch (error) {
    if (!text.trim().includes('\n')) throw error;
    values = text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .flatMap(parse);
  }
  return values.filter(isRow);
}
