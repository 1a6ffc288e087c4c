/** What every command of the tree shares: its common options, its examples, and how it reads words. */
import { InvalidArgumentError, Option } from 'commander';
import type { Command as Tree } from 'commander';

import { FORMATS } from './surroundings.ts';
import { FILE_FORMATS } from '../tables/formats.ts';
import type { FileFormat } from '../tables/formats.ts';
import { CliError, EXIT } from './surroundings.ts';
import type { Command, FileAsk, Format } from './surroundings.ts';

export interface GlobalOptions {
  readonly json?: boolean;
  /** A format, or on commands that have files the file to write. */
  readonly output?: string;
  readonly format?: FileFormat;
  readonly color?: boolean;
  readonly ascii?: boolean;
  readonly url?: string;
  readonly config?: string;
}

/** What running a command needs from its surroundings. */
export interface Running {
  readonly version: string;
  /** Builds what a command gets, from the options that all commands have. */
  readonly command: (options: GlobalOptions) => Command;
  readonly finish: (exitCode: number) => void;
}

/** Adds the options that every command has, and its examples. */
export function shared(command: Tree, lines: readonly string[], output = formatOption()): Tree {
  return command
    .addHelpText('before', examples(lines))
    .option('--json', 'print JSON; the same as --output json')
    .addOption(output)
    .option('--no-color', 'print without colour (also: NO_COLOR)')
    .option('--ascii', 'draw tables with ASCII only')
    .option('--url <address>', 'the server to ask (also: SETPOINT_API_URL)')
    .option('--config <file>', 'settings file (also: SETPOINT_CONFIG)');
}

/** `shared` for commands whose answer the server also gives as a file. */
export function filed(command: Tree, lines: readonly string[]): Tree {
  const output = new Option(
    '--output <format or file>',
    `how to print (${FORMATS.join(', ')}), or the file to write`,
  );
  return shared(command, lines, output).addOption(fileFormatOption());
}

export function fileFormatOption(): Option {
  return new Option('--format <format>', 'the rows, the rest and the total as a file').choices([
    ...FILE_FORMATS,
  ]);
}

export interface Destination {
  readonly format: Format;
  readonly file: FileAsk | undefined;
}

/** What `--json`, `--output` and `--format` say together. @throws CliError where they contradict each other. */
export function destinationOf({ json, output, format }: GlobalOptions): Destination {
  const printed = FORMATS.find((one) => one === output);
  const shown = json === true ? 'json' : (printed ?? 'table');
  const path = printed === undefined ? output : undefined;
  if (format === undefined && path === undefined) return { format: shown, file: undefined };
  const kind = format ?? FILE_FORMATS.find((one) => path?.toLowerCase().endsWith(`.${one}`));
  if (kind === undefined)
    throw new CliError(
      `"${output}" is neither a format (${FORMATS.join(', ')}) nor a file whose name says its format. Add --format ${FILE_FORMATS.join('|')}.`,
      EXIT.usage,
    );
  if (json === true || (printed !== undefined && printed !== kind))
    throw new CliError(
      `--format ${kind} is a file; leave out ${json === true ? '--json' : `--output ${printed}`}.`,
      EXIT.usage,
    );
  return { format: shown, file: { format: kind, path } };
}

/** Options of commands that start servers. */
export function listening(command: Tree): Tree {
  return command
    .option('--gateway-listen <host:port>', 'where the gateway listens')
    .option('--gateway-workers <count>', 'gateway processes', wholeNumber)
    .option('--api-listen <host:port>', 'where API and web app listen')
    .option(
      '--registry-url <url>',
      'PostgreSQL for keys and decisions, without a password (also: SETPOINT_REGISTRY_URL)',
    )
    .option('--time-zone <name>', 'reporting time zone')
    .addOption(
      new Option('--log <form>', 'lines on standard error (also: SETPOINT_LOG)').choices(['json', 'text']),
    )
    .option('--simulator-listen <host:port>', 'where the simulator listens')
    .option(
      '--simulator-time-scale <times>',
      'multiplies the simulator’s latencies: 1 is true to life, 0 answers at once',
      Number,
    );
}

function formatOption(): Option {
  return new Option('--output <format>', 'how to print').choices([...FORMATS]);
}

export function examples(lines: readonly string[]): string {
  return `Examples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}

/** Whether `--output` says a price where it can also say a format or a file. */
export function isPrice(text: string | undefined): boolean {
  return text !== undefined && /^-?[\d.]+$/.test(text);
}

export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number above zero.');
  return Number(text);
}

export function listed(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}
