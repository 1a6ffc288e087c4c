/**
 * What a process says to its operator: one line an event, on standard error. JSON for machines, words for a terminal.
 *
 * Nothing reaches a line by accident: fields are an allow-list, values are short and flat, what looks like a credential is
 * taken out, and a fault whose words may quote a body is told without them.
 */

/** `debug` is for those who look for a fault; `info` is what happened; `warning` asks to be looked at; `error` needs a person. */
export const LOG_LEVELS = ['debug', 'info', 'warning', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFormat = 'json' | 'text';

/** Stable words: alerts and searches may rest on them. */
export type LogEvent =
  | 'said'
  | 'process.started'
  | 'process.ended'
  | 'process.failed'
  | 'process.fault'
  | 'runtime.warning'
  | 'ready'
  | 'stopping'
  | 'stopped'
  | 'reload.begun'
  | 'reload.done'
  | 'reload.refused'
  | 'reload.failed'
  | 'drain.begun'
  | 'drain.done'
  | 'overload.step'
  | 'budgets.said'
  | 'rulebook.obeyed'
  | 'rulebook.unreadable'
  | 'journal.presumed'
  | 'journal.waiting'
  | 'journal.damaged'
  | 'journal.recovery_failed'
  | 'provider.secret_missing'
  | 'request.failed'
  | 'telemetry.trouble'
  | 'demo.loaded'
  | 'demo.wiped'
  | 'backup.made'
  | 'backup.failed';

/** The only fields that a line can have. */
export const LOG_FIELDS = [
  'role',
  'name',
  'pid',
  'signal',
  'exitCode',
  'delayMs',
  'withinMs',
  'tookMs',
  'generation',
  'workers',
  'rulebook',
  'journal',
  'attempts',
  'places',
  'keptAt',
  'setting',
  'requestId',
  'lines',
  'files',
  'bytes',
  'inFlight',
  'openAttempts',
] as const;
export type LogFields = { readonly [field in (typeof LOG_FIELDS)[number]]?: string | number | boolean };

export interface LogAbout {
  readonly event: LogEvent;
  /** By default `info`. */
  readonly level?: LogLevel;
  readonly fields?: LogFields;
}

/** Says something to the operator. The words never hold a secret or prompt text; faults go through `faultWords`. */
export type Say = (text: string, about?: LogAbout) => void;

export interface LogOptions {
  readonly format: LogFormat;
  readonly least: LogLevel;
  /** What the process is: `up`, `gateway`, `control` … */
  readonly process: string;
  /** Which of several it is; empty where there is one. */
  readonly slot: string;
  readonly nowMs: () => number;
  readonly write: (line: string) => void;
}

const MOST_MESSAGE = 2_000;
const MOST_VALUE = 200;

export function createSay(options: LogOptions): Say {
  const least = LOG_LEVELS.indexOf(options.least);
  return (text, about = { event: 'said' }) => {
    if (LOG_LEVELS.indexOf(about.level ?? 'info') < least) return;
    const write = options.format === 'json' ? jsonLine : textLine;
    options.write(`${write(options, text, about)}\n`);
  };
}

function jsonLine({ nowMs, process, slot }: LogOptions, text: string, about: LogAbout): string {
  return JSON.stringify({
    time: new Date(nowMs()).toISOString(),
    level: about.level ?? 'info',
    process,
    ...(slot !== '' && { slot }),
    event: about.event,
    message: harmless(text, MOST_MESSAGE),
    ...allowed(about.fields ?? {}),
  });
}

/** Words already say what the fields do. */
function textLine({ nowMs, process, slot }: LogOptions, text: string, { level }: LogAbout): string {
  const mark = level === 'warning' || level === 'error' ? `${level}: ` : '';
  // eslint-disable-next-line no-control-regex
  const printable = harmless(text, MOST_MESSAGE).replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, ' ');
  return `${new Date(nowMs()).toISOString()} ${slot === '' ? process : slot}: ${mark}${printable}`;
}

/** Also at run time: what a caller without types hands over is left out. */
function allowed(fields: LogFields): Record<string, string | number | boolean> {
  const kept: Record<string, string | number | boolean> = {};
  for (const name of LOG_FIELDS) {
    const value: unknown = fields[name];
    if (typeof value === 'string') kept[name] = harmless(value, MOST_VALUE);
    else if (typeof value === 'number' || typeof value === 'boolean') kept[name] = value;
  }
  return kept;
}

/** Keys of ours and of providers, and what stands behind the names of credential headers. */
const CREDENTIALS =
  /\b(?:x-api-key|api-key|x-goog-api-key|authorization)\s*[:=]\s*(?:(?:bearer|basic)\s+)?\S+|\b(?:bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}|\b(?:sp_[A-Za-z0-9]+_[A-Za-z0-9_]+|sk-[A-Za-z0-9_-]{8,}|AIza[A-Za-z0-9_-]{20,}|AKIA[A-Z0-9]{12,}|gsk_[A-Za-z0-9]{16,}|xai-[A-Za-z0-9]{16,})|:\/\/[^\s/@:]+:[^\s/@]+@/gi;

function harmless(text: string, most: number): string {
  const clean = text.replace(CREDENTIALS, '[credential]');
  return clean.length <= most ? clean : `${clean.slice(0, most)}… (${clean.length} characters)`;
}

/**
 * What a fault may say in a log. The engine's own faults (a parser's above all) quote what they were given, which can be a
 * prompt: of them the kind and the places in the code are told. Ours say what they say.
 */
export function faultWords(fault: unknown): string {
  if (!(fault instanceof Error)) return typeof fault === 'string' ? fault : 'a fault that is no error';
  const frames = (fault.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 6)
    .map((line) => line.trim());
  const words = QUOTING.has(fault.name) ? `${fault.name} (its words may quote a body)` : fault.message;
  return frames.length === 0 ? words : `${words} | ${frames.join(' | ')}`;
}

const QUOTING: ReadonlySet<string> = new Set(['SyntaxError', 'TypeError', 'URIError', 'ZodError']);

/** @returns what is wrong with the wish, or how to write lines. A terminal gets words unless it is told otherwise. */
export function logFormat(wish: string | undefined, isTerminal: boolean): LogFormat {
  if (wish === 'json' || wish === 'text') return wish;
  return isTerminal ? 'text' : 'json';
}

export function logLevel(wish: string | undefined): LogLevel {
  return LOG_LEVELS.find((level) => level === wish) ?? 'info';
}
