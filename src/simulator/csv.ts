/**
 * Reads CSV by RFC 4180: quoted fields may hold commas, doubled quotes and line breaks; lines end in CRLF or LF.
 * @throws SyntaxError naming the line when a quoted field never ends or is followed by text.
 */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  while (at < text.length) {
    const field = text[at] === '"' ? quotedField(text, at) : plainField(text, at);
    row.push(field.value);
    at = field.end;
    if (text[at] === ',') {
      at += 1;
      if (at === text.length) row.push(''); // a file that ends in a comma ends in an empty field
      else continue;
    } else if (text.startsWith('\r\n', at)) at += 2;
    else if (at < text.length) at += 1;
    rows.push(row);
    row = [];
  }
  if (row.length > 0) rows.push(row);
  return rows;
}

interface Field {
  readonly value: string;
  /** Position of what follows: a comma, a line break or the end. */
  readonly end: number;
}

function plainField(text: string, start: number): Field {
  let end = start;
  while (end < text.length && text[end] !== ',' && text[end] !== '\n' && !text.startsWith('\r\n', end))
    end += 1;
  return { value: text.slice(start, end), end };
}

function quotedField(text: string, start: number): Field {
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) throw new SyntaxError(`line ${lineOf(text, start)}: a quoted field never ends`);
    if (text[quote + 1] === '"') {
      at = quote + 2;
      continue;
    }
    const end = quote + 1;
    const follows = text[end];
    if (follows !== undefined && follows !== ',' && follows !== '\n' && !text.startsWith('\r\n', end)) {
      throw new SyntaxError(`line ${lineOf(text, end)}: text follows a closing quote`);
    }
    return { value: text.slice(start + 1, quote).replaceAll('""', '"'), end };
  }
}

function lineOf(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}
