/** Recorded answers: known prompts are answered word for word from a file, unknown ones with an error, never invented. */
import { readFile } from 'node:fs/promises';

import { parseCsv } from './csv.ts';
import { asObject, asText } from './json.ts';
import type { Json } from './json.ts';
import { hashOf } from './randomness.ts';

export interface ReplaySource {
  /** Models that have recordings. */
  readonly models: readonly string[];
  /** Prompts that have recordings. */
  readonly prompts: number;
  /** The recorded answer; undefined where this model never answered this prompt. */
  find(model: string, prompt: string): string | undefined;
}

export interface ReplaySettings {
  /** `.jsonl` (an object per line) or else CSV with a header line. */
  readonly file: string;
  /** The column (or field) of the last user message's text. */
  readonly promptColumn: string;
  /** Model name → the column of its recorded responses. */
  readonly models: Readonly<Record<string, string>>;
}

/** @throws Error naming the file and what is wrong with it: a missing column, or a prompt recorded twice with different answers. */
export async function loadReplay(settings: ReplaySettings): Promise<ReplaySource> {
  const text = await readFile(settings.file, 'utf8');
  const rows = settings.file.endsWith('.jsonl') ? readJsonLines(text) : readCsvRows(text);
  const columns = [settings.promptColumn, ...Object.values(settings.models)];
  const missing = columns.filter((column) => rows.length > 0 && rows[0]?.[column] === undefined);
  if (missing.length > 0)
    throw new Error(`${settings.file} has no column ${missing.map((name) => `"${name}"`).join(', ')}.`);

  const answers = new Map<string, string>();
  const prompts = new Set<string>();
  for (const row of rows) {
    const prompt = promptHash(row[settings.promptColumn] ?? '');
    prompts.add(prompt);
    for (const [model, column] of Object.entries(settings.models)) {
      const answer = row[column];
      if (answer === undefined) continue;
      const id = `${model} ${prompt}`;
      if (answers.has(id) && answers.get(id) !== answer) {
        throw new Error(
          `${settings.file} records two different answers of ${model} to the same prompt; keep one.`,
        );
      }
      answers.set(id, answer);
    }
  }
  return {
    models: Object.keys(settings.models),
    prompts: prompts.size,
    find: (model, prompt) => answers.get(`${model} ${promptHash(prompt)}`),
  };
}

type Row = Readonly<Record<string, string>>;

function readCsvRows(text: string): Row[] {
  const [header = [], ...lines] = parseCsv(text);
  return lines.map((line) => Object.fromEntries(header.map((name, at) => [name, line[at] ?? ''])));
}

function readJsonLines(text: string): Row[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const value: Json = JSON.parse(line);
    const fields = Object.entries(asObject(value)).filter(([, field]) => typeof field === 'string');
    return Object.fromEntries(fields.map(([name, field]) => [name, asText(field)]));
  });
}

/** Prompts that differ in white space or Unicode form only are the same prompt. */
function promptHash(prompt: string): string {
  return hashOf(prompt.normalize('NFC').replaceAll(/\s+/g, ' ').trim());
}
