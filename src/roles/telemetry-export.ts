/** Runs the exporter of telemetry inside control: its place on disk, its collector, its pace. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { request } from 'undici';
import type { Dispatcher } from 'undici';

import packageFile from '../../package.json' with { type: 'json' };

import { grantsOf } from '../gateway/egress/addresses.ts';
import { guardedAgent } from '../gateway/egress/connector.ts';
import { createExporter } from '../inform/telemetry/telemetry.ts';
import type { LedgerReader } from '../ledger/question.ts';
import type { KeyPartPlace, Settings } from '../operate/operate.ts';
import type { RoleWorld } from './places.ts';

const EVERY_MS = 2_000;
const MOST_WAIT_MS = 60_000;
const SEND_MS = 10_000;
const CONNECT_MS = 5_000;

export interface ExportState {
  readonly endpoint: string;
  readonly signals: ReadonlyArray<'traces' | 'metrics'>;
  readonly lines: number;
  readonly last: string | null;
  readonly trouble: string;
}

/** Starts exporting where the settings name a collector. @returns what is known of it, and how it ends. */
export function startTelemetryExport(
  settings: Settings,
  reader: LedgerReader,
  world: RoleWorld,
): { readonly state: () => ExportState; readonly stop: () => void } | undefined {
  const setting = settings.telemetryExport;
  if (setting === undefined) return undefined;
  const { endpoint, signals } = setting;
  const headers = headersOf(setting.headers, world);
  // Whoever may name a collector must not reach what only this machine can: a guarded connection, no redirects.
  const agent = guardedAgent({ grants: grantsOf(endpoint, setting.allowPrivate), timeoutMs: CONNECT_MS });
  const place = placeOnDisk(settings.data);
  let state: ExportState = { endpoint, signals, lines: 0, last: null, trouble: '' };
  const exporter = createExporter({
    reader,
    exporting: { service: 'setpoint', version: packageFile.version },
    signals,
    send: (path, body) => send(`${endpoint}${path}`, headers, body, agent),
    readPosition: place.read,
    keepPosition: place.keep,
    nowMs: world.nowMs,
  });
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let stopped = false;
  const run = async (): Promise<void> => {
    const { lines, trouble } = await exporter.step();
    if (trouble !== '' && trouble !== state.trouble)
      world.say(`telemetry export: ${trouble}; it is tried again, nothing is lost`, {
        event: 'telemetry.trouble',
        level: 'warning',
      });
    failures = trouble === '' ? 0 : failures + 1;
    state = {
      ...state,
      lines: state.lines + lines,
      last: lines > 0 ? new Date(world.nowMs()).toISOString() : state.last,
      trouble,
    };
    if (stopped) return;
    timer = setTimeout(() => void run(), Math.min(EVERY_MS * 2 ** Math.min(failures, 5), MOST_WAIT_MS));
  };
  void run();
  return {
    state: () => state,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      void agent.destroy();
    },
  };
}

async function send(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: object,
  dispatcher: Dispatcher,
): Promise<void> {
  const answer = await request(url, {
    dispatcher,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    headersTimeout: SEND_MS,
    bodyTimeout: SEND_MS,
  });
  await answer.body.dump();
  if (answer.statusCode >= 300) throw new Error(`the collector answered ${answer.statusCode}`);
}

/** Values come from the environment or files; one that is missing is said and left out. */
function headersOf(places: Readonly<Record<string, KeyPartPlace>>, world: RoleWorld): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, place] of Object.entries(places)) {
    try {
      const value =
        place.kind === 'env' ? world.environment[place.name] : readFileSync(place.path, 'utf8').trim();
      if (value === undefined || value === '') throw new Error('it is empty');
      headers[name] = value;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      world.say(`telemetry export: the header ${name} could not be read (${reason}) and is left out`, {
        event: 'telemetry.trouble',
        level: 'warning',
      });
    }
  }
  return headers;
}

/** How far the export has come, kept beside the ledger; written aside and renamed. */
function placeOnDisk(data: string): { read: () => string; keep: (position: string) => void } {
  const folder = join(data, 'telemetry');
  const file = join(folder, 'export-position');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  let position = '';
  try {
    position = readFileSync(file, 'utf8');
  } catch {
    // never exported: it begins with what comes from now on
  }
  return {
    read: () => position,
    keep(next) {
      if (next === position) return;
      position = next;
      writeFileSync(`${file}.new`, next, { mode: 0o600 });
      renameSync(`${file}.new`, file);
    },
  };
}
