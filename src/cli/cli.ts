/** The command line: a skin over the API. The front door. Data goes to standard output, words to standard error. */
import { CommanderError } from 'commander';
import type { Command as Tree } from 'commander';
import colors from 'picocolors';

import packageFile from '../../package.json' with { type: 'json' };

import type { SettingFlags } from '../operate/operate.ts';
import { buildProgram } from './program.ts';
import { destinationOf } from './options.ts';
import type { GlobalOptions } from './options.ts';
import { CliError, EXIT, isTakenBack } from './surroundings.ts';
import type { Command, Output, Surroundings } from './surroundings.ts';
import { createWaiting } from './waiting.ts';
import type { TableStyle } from './table.ts';

export type { Output, StartAsk, Surroundings } from './surroundings.ts';

const DEFAULT_URL = 'http://127.0.0.1:4001';

/**
 * Runs one command line, without the program's own name: `['ledger', '--by', 'team']`.
 * @returns the exit code: 0 ok, 1 failure, 2 usage, 3 gate or budget, 4 not allowed, 5 server unreachable, 6 not enough evidence, 130 interrupted.
 */
export async function runCli(argv: readonly string[], around: Surroundings): Promise<number> {
  ignoreClosedPipe(around.stdout);
  let exitCode: number = EXIT.ok;
  const program = buildProgram({
    version: packageFile.version,
    command: (options) => createCommand(around, options),
    finish: (code) => (exitCode = code),
  });
  for (const tree of withSubcommands(program)) {
    tree.exitOverride().configureOutput({
      writeOut: (text) => around.stdout.write(text),
      writeErr: (text) => around.stderr.write(text),
      // What was typed too much may be a secret that somebody took for an argument.
      outputError: (text, write) => write(text.replace(/(but got \d+): [^]*$/, '$1.\n')),
    });
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error, around.stderr);
  }
}

function withSubcommands(tree: Tree): Tree[] {
  return [tree, ...tree.commands.flatMap(withSubcommands)];
}

/** `setpoint tail | head` closes the pipe: that is an end, not a failure. */
function ignoreClosedPipe(output: Output): void {
  output.on?.('error', (error) => {
    if (!('code' in error) || error.code !== 'EPIPE') throw error;
  });
}

function explain(error: unknown, stderr: Output): number {
  if (error instanceof CommanderError) return isHelp(error) ? EXIT.ok : EXIT.usage; // commander has said it already
  if (isTakenBack(error)) {
    // Only what reads is taken back.
    stderr.write('Stopped: the question was taken back, and nothing was changed by it.\n');
    return EXIT.interrupted;
  }
  stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof CliError) return error.exitCode;
  if (!(error instanceof Error)) return EXIT.failure;
  if (error.name === 'ApiUnreachable') return EXIT.unreachable;
  if (error.name === 'SettingsError') return EXIT.usage;
  const status = 'problem' in error ? (error.problem as { status?: number }).status : undefined;
  if (status === 401 || status === 403) return EXIT.notAllowed;
  return status === 400 ? EXIT.usage : EXIT.failure;
}

function isHelp(error: CommanderError): boolean {
  return (
    error.exitCode === 0 ||
    (error.code === 'commander.help' && error.message === '(outputHelp)' && error.exitCode === 0)
  );
}

function createCommand(around: Surroundings, options: GlobalOptions): Command {
  const { environment } = around;
  const named = options.url ?? environment['SETPOINT_API_URL'];
  const token = environment['SETPOINT_ADMIN_TOKEN'];
  const { format, file } = destinationOf(options);
  const waiting = createWaiting(around);
  let signal: AbortSignal | undefined;
  return {
    around,
    format,
    file,
    style: tableStyle(around, options),
    config: options.config,
    addressNamed: named !== undefined && named !== '',
    async client() {
      const { createClient } = await import('../api/client.ts');
      signal ??= around.interrupts?.();
      const url = (named || (await configuredUrl(around, options))).replace(/\/+$/, '');
      return createClient({
        url,
        ...(token && { token }),
        fetch: (input, init) => waiting.during(() => (around.fetch ?? fetch)(input, init)),
        ...(signal !== undefined && { signal }),
        onDemo: saidOnce(() => around.stderr.write(`${DEMO_WORDS}\n`)),
      });
    },
    isInterrupted: () => signal?.aborted === true,
    waits: waiting.says,
    settings: (flags = {}) => loadedSettings(around, options, flags),
    print: (text) => void (text !== '' && around.stdout.write(text.endsWith('\n') ? text : `${text}\n`)),
    say: (text) => void around.stderr.write(`${text}\n`),
  };
}

const DEMO_WORDS = 'DEMO: these are the calls of a fictional company; no money was spent on them.';

function saidOnce(say: () => void): () => void {
  let said = false;
  return () => {
    if (!said) say();
    said = true;
  };
}

function tableStyle({ environment, stdout }: Surroundings, options: GlobalOptions): TableStyle {
  const dumb = environment['TERM'] === 'dumb';
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || 'UTF-8';
  const ascii = options.ascii === true || dumb || /^(C|POSIX)$/.test(locale);
  const coloured = stdout.isTTY === true && !dumb && options.color !== false && !environment['NO_COLOR'];
  const paint = colors.createColors(coloured);
  return { drawing: ascii ? 'ascii' : 'unicode', bold: paint.bold, faint: paint.dim };
}

/** Settings are read only where they can say something: loading their checks costs more than the rest of a command. */
async function configuredUrl(around: Surroundings, options: GlobalOptions): Promise<string> {
  const { existsSync } = await import('node:fs');
  const path = await import('node:path');
  const { environment, workingDirectory } = around;
  const said = options.config ?? environment['SETPOINT_CONFIG'] ?? environment['SETPOINT_API_LISTEN'];
  if (said === undefined && !existsSync(path.join(workingDirectory, 'setpoint.yaml'))) return DEFAULT_URL;
  const { host, port } = (await loadedSettings(around, options)).api.listen;
  const reachable =
    host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
  return `http://${reachable}:${port}`;
}

async function loadedSettings(
  { environment, workingDirectory }: Surroundings,
  { config }: GlobalOptions,
  flags: SettingFlags = {},
) {
  const { loadSettings, SettingsError } = await import('../operate/operate.ts');
  const check = loadSettings({ config, workingDirectory, environment, flags });
  if (check.kind === 'problems') throw new SettingsError(check.problems);
  return check.settings;
}
