/**
 * Looks for words that must be nowhere: in every byte of a directory (as they are, in hexadecimal, in base64), in every
 * row of the registry, and through the engine in every column of the ledger, whose files are compressed.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { openEngine } from '../../src/ledger/stores/engine.ts';

/** Where something was found; the word itself is not repeated. */
export interface Hit {
  readonly where: string;
  readonly word: number;
}

/** Texts that are not in a directory: logs, metrics, answers, exports. */
export function scanTexts(texts: ReadonlyMap<string, string>, words: readonly string[]): Hit[] {
  return [...texts].flatMap(([where, text]) => hitsIn(Buffer.from(text), where, words));
}

export function scanFiles(directory: string, words: readonly string[]): Hit[] {
  return filesOf(directory).flatMap((file) => hitsIn(readFileSync(file), relative(directory, file), words));
}

/** A long text lies over several pages of the file, so rows are read as rows too. */
export function scanRegistry(file: string, words: readonly string[]): Hit[] {
  const database = new DatabaseSync(file, { readOnly: true });
  const tables = database.prepare("select name from sqlite_master where type = 'table'").all();
  const hits = tables.flatMap(({ name }) => {
    const rows = database.prepare(`select * from "${String(name)}"`).all();
    return hitsIn(Buffer.from(JSON.stringify(rows)), `registry table ${String(name)}`, words);
  });
  database.close();
  return hits;
}

/** @param directory of the embedded engine, which no process may hold. @returns the hits, and how many rows were looked at */
export async function scanLedger(
  directory: string,
  words: readonly string[],
): Promise<{ readonly hits: Hit[]; readonly rows: number }> {
  const engine = await openEngine({ kind: 'embedded', path: directory });
  try {
    const tables = await engine.select(
      "SELECT database, name FROM system.tables WHERE engine LIKE '%MergeTree%' OR engine LIKE '%Log'",
    );
    const hits: Hit[] = [];
    let rows = 0;
    for (const [database, name] of tables) {
      const table = `"${String(database)}"."${String(name)}"`;
      const counts = words.map((_, index) => `countIf(position(row, {word${index}:String}) > 0)`).join(', ');
      const [found = []] = await engine.select(
        `SELECT count(), ${counts} FROM (SELECT formatRow('JSONEachRow', *) AS row FROM ${table})`,
        Object.fromEntries(words.map((word, index) => [`word${index}`, word])),
      );
      rows += Number(found[0]);
      for (const index of words.keys())
        if (Number(found[index + 1]) > 0) hits.push({ where: `ledger table ${String(name)}`, word: index });
    }
    return { hits, rows };
  } finally {
    await engine.close();
  }
}

function hitsIn(bytes: Buffer, where: string, words: readonly string[]): Hit[] {
  return words.flatMap((word, index) =>
    formsOf(word).some((form) => bytes.includes(form)) ? [{ where, word: index }] : [],
  );
}

/** In base64 the same bytes read in three ways, by where they begin; the letters at the edges belong to neighbours too. */
function formsOf(word: string): Buffer[] {
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), Buffer.from(word)]).toString('base64');
    return text.slice(shift === 0 ? 0 : shift + 1, -4);
  });
  return [word, Buffer.from(word).toString('hex'), ...base64].map((form) => Buffer.from(form));
}

function filesOf(directory: string): string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return [];
    return found.isDirectory() ? filesOf(path) : [path];
  });
}
