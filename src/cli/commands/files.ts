/** An answer as a file, as the server makes it: to a file, or to standard output. */
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';

import type { FileAsks } from '../../api/client.ts';
import type { FileFormat } from '../../tables/formats.ts';
import { countText } from '../../units/figures.ts';
import { CliError, EXIT, isTakenBack } from '../surroundings.ts';
import type { Command, FileAsk } from '../surroundings.ts';

/** What was asked for as a file; undefined: the answer is for people, or JSON. */
export function fileAsked({ file, format }: Command): FileAsk | undefined {
  return file ?? (format === 'csv' || format === 'ndjson' ? { format, path: undefined } : undefined);
}

/** Writes the rows of a question, the rest and the total, and says beside them what they rest on. */
export async function runFile<Of extends keyof FileAsks>(
  command: Command,
  { format, path: file }: FileAsk,
  of: Of,
  ask: FileAsks[Of],
): Promise<number> {
  refuseTerminal(command, format, file, '--output');
  const response = await (await command.client()).file(of, ask, format);
  const size = await writeBytes(command, response, format, file);
  const completeUntil = response.headers.get('x-setpoint-complete-until');
  const unpriced = Number(response.headers.get('x-setpoint-unpriced-calls') ?? '0');
  const words = [
    ...(file === undefined ? [] : [file]),
    `${countText(size)} bytes`,
    ...(completeUntil === null ? [] : [`complete until ${completeUntil}`]),
  ];
  command.say(words.join(' · '));
  if (unpriced > 0)
    command.say(
      `! ${countText(unpriced)} calls are unpriced: their cost is in no row and not in the total. "setpoint ledger --by provider,model --of calls,unpricedCalls" names them.`,
    );
  return EXIT.ok;
}

/** A terminal would show a Parquet file as noise. */
export function refuseTerminal(
  { around: { stdout } }: Command,
  format: FileFormat,
  file: string | undefined,
  option: '--output' | '--out',
): void {
  if (file === undefined && format === 'parquet' && stdout.isTTY === true)
    throw new CliError(
      `A Parquet file is no text. Name a file with ${option}, or send the output into one.`,
      EXIT.usage,
    );
}

/** @returns how many bytes there were. */
export async function writeBytes(
  { around }: Command,
  response: Response,
  format: FileFormat,
  file: string | undefined,
): Promise<number> {
  const bytes = (response.body ?? []) as AsyncIterable<Uint8Array>;
  if (file !== undefined) return writeWhole(path.resolve(around.workingDirectory, file), bytes);
  const decoder = new TextDecoder();
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    // A process's standard output takes bytes; a test's takes text.
    around.stdout.write(
      format === 'parquet' ? (chunk as unknown as string) : decoder.decode(chunk, { stream: true }),
    );
  }
  return size;
}

/** Under another name until it is whole: a file that is there is a file that can be used. */
async function writeWhole(file: string, bytes: AsyncIterable<Uint8Array>): Promise<number> {
  const part = `${file}.part`;
  const handle = await open(part, 'w').catch((error: unknown) => {
    throw new CliError(`${file} cannot be written: ${wordsOf(error)}. Name another file.`);
  });
  let size = 0;
  try {
    for await (const chunk of bytes) {
      await handle.write(chunk);
      size += chunk.length;
    }
    await handle.close();
    await rename(part, file);
    return size;
  } catch (error) {
    await handle.close();
    await rm(part, { force: true });
    if (isTakenBack(error)) throw error;
    throw new CliError(`The file was not written whole, so it was removed: ${wordsOf(error)}. Try again.`);
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
