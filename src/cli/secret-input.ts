/** Reading a secret: from a pipe, or typed without being shown. Never from the arguments, which any process may read. */
import { CliError, EXIT } from './surroundings.ts';
import type { Command, Input } from './surroundings.ts';

const MOST_CHARACTERS = 16_384;

/**
 * @param what for words: `the key of "openai"`
 * @returns the secret without the line end
 * @throws CliError when there is none, or more than one line
 */
export async function readSecret(command: Command, what: string): Promise<string> {
  const { stdin, stderr } = command.around;
  if (stdin === undefined)
    throw new CliError(`${what} is read from standard input, and there is none.`, EXIT.usage);
  const typed = stdin.isTTY === true;
  if (typed) stderr.write(`Type ${what}; it is not shown: `);
  const text = typed ? await readTyped(stdin) : await readAll(stdin);
  if (typed) stderr.write('\n');
  const secret = text.replace(/\r?\n$/, '').trim();
  if (secret === '')
    throw new CliError(
      `No key was given. Nothing was changed. Pipe ${what} in, or type it when asked.`,
      EXIT.usage,
    );
  if (/[^\x20-\x7e]/.test(secret))
    throw new CliError(
      `What was given is not one line of printable characters, so it is no key. Nothing was changed.`,
      EXIT.usage,
    );
  return secret;
}

async function readAll(input: Input): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MOST_CHARACTERS)
      throw new CliError(
        `More than ${MOST_CHARACTERS} bytes were given, which is no key. Nothing was changed.`,
        EXIT.usage,
      );
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Key by key, since only a raw terminal does not show what is typed. */
async function readTyped(input: Input): Promise<string> {
  input.setRawMode?.(true);
  let text = '';
  try {
    for await (const chunk of input)
      for (const character of Buffer.from(chunk).toString('utf8')) {
        if (character === '\r' || character === '\n' || character === '\u0004') return text;
        if (character === '\u0003') throw new CliError('Stopped. Nothing was changed.');
        if (character === '\u007f' || character === '\b') text = text.slice(0, -1);
        else if (text.length < MOST_CHARACTERS) text += character;
      }
    return text;
  } finally {
    input.setRawMode?.(false);
  }
}
