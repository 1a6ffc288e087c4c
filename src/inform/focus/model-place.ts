/**
 * Where the requirements model of a data directory lies. The model is the FOCUS project's data: people bring it, and
 * it is checked before it is kept.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { readModel } from './model.ts';
import type { Model } from './model.ts';

const VERSION = '1.2';

export function modelFile(dataDirectory: string): string {
  return path.join(dataDirectory, 'focus', `model-${VERSION}.json`);
}

/** The text of the model that was added; undefined where none was. */
export async function keptModel(dataDirectory: string): Promise<string | undefined> {
  try {
    return await readFile(modelFile(dataDirectory), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Keeps a model, whole or not at all. @throws ModelError when the text is none. */
export async function keepModel(dataDirectory: string, text: string): Promise<Model> {
  const model = readModel(text);
  const file = modelFile(dataDirectory);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
  return model;
}
