/** The settings in force as people see them: each with what it is, who said it, and no secret. */
import { stringify } from 'yaml';

import { dataFiles } from './files.ts';
import type { KeyPartPlace, MasterKeyPlace } from './key-places.ts';
import { KEPT_OUT } from './said.ts';
import { isLoopback } from './schema.ts';
import type { Listen } from './schema.ts';
import type { Settings } from './settings.ts';

export interface EffectiveSetting {
  readonly path: string;
  readonly value: string;
  readonly origin: 'default' | 'file' | 'environment' | 'flag';
  /** The file, the variable or the flag; empty for a default. */
  readonly where: string;
  /** What it means where its name does not say it; else empty. */
  readonly note: string;
  /** Whether only a restart takes a change of it in. */
  readonly fixed: boolean;
}

export interface EffectiveSettings {
  readonly file: string;
  readonly settings: readonly EffectiveSetting[];
  /** As `setpoint.yaml` would say them: the file with what was said over it. Undefined where they are too long to carry. */
  readonly yaml: string | undefined;
  /** Where things lie on this machine. */
  readonly places: ReadonlyArray<{ readonly what: string; readonly path: string; readonly note: string }>;
}

type Row = readonly [path: string, value: string, note?: string];

const FIXED = /^(gateway\.listen|api\.listen|data|simulator\.|demo\.)/;

export function effectiveSettings(settings: Settings): EffectiveSettings {
  const rows: readonly Row[] = [
    ...serverRows(settings),
    ...storeRows(settings),
    ...decidedRows(settings),
    ...Object.entries(settings.limits).map(([name, value]): Row => [`limits.${name}`, String(value)]),
    ...Object.entries(settings.overload).map(([name, value]): Row => [`overload.${name}`, String(value)]),
  ];
  return {
    file: settings.said?.file ?? '',
    settings: rows.map(([path, value, note = '']) => ({
      path,
      value,
      note,
      fixed: FIXED.test(path),
      ...originOf(path, settings),
    })),
    yaml: yamlOf(settings),
    places: placesOf(settings),
  };
}

function serverRows({ gateway, api, simulator, timeZone, demo }: Settings): Row[] {
  return [
    ['gateway.listen', address(gateway.listen), reachNote(gateway.listen)],
    [
      'gateway.workers',
      gateway.workers === undefined ? 'as many as the machine carries' : `${gateway.workers}`,
    ],
    [
      'gateway.durability',
      gateway.durability,
      gateway.durability === 'strict'
        ? 'A call is recorded on disk before it is sent: a power cut takes no call.'
        : 'A call is handed to the system before it is sent: a crash of a process takes none, a power cut the last moments.',
    ],
    [
      'gateway.passThroughKeys',
      String(gateway.passThroughKeys),
      gateway.passThroughKeys ? 'Clients may send their own provider keys.' : '',
    ],
    ['gateway.stop.noticeMs', String(gateway.stop.noticeMs)],
    ['gateway.stop.finishMs', String(gateway.stop.finishMs)],
    ['api.listen', address(api.listen), reachNote(api.listen)],
    ['api.allowedHosts', api.allowedHosts.join(', ') || 'the loopback names'],
    ['timeZone', timeZone, 'Days, weeks and months of reports begin in it, unless a question names another.'],
    ['simulator.enabled', simulator.enabled],
    ['simulator.listen', address(simulator.listen)],
    ['simulator.timeScale', String(simulator.timeScale)],
    ...(demo === undefined
      ? []
      : [['demo.seed', demo.seed] as Row, ['demo.now', demo.now ?? 'the clock'] as Row]),
  ];
}

function storeRows({ data, ledger, registry, sharedState, masterKey, telemetryExport }: Settings): Row[] {
  return [
    ['data', data],
    ['ledger.url', ledger?.url ?? 'embedded, in the data directory'],
    ['registry.url', registry?.url ?? 'SQLite, in the data directory'],
    ['sharedState.url', sharedState?.url ?? 'none: one machine'],
    ['secrets.masterKey', masterPlace(masterKey)],
    ['telemetry.export.endpoint', telemetryExport?.endpoint ?? 'nowhere'],
    ...(telemetryExport === undefined
      ? []
      : Object.entries(telemetryExport.headers).map(([name, place]): Row => [
          `telemetry.export.headers.${name}`,
          keyPlaceText(place),
        ])),
  ];
}

/** Lists that have pages of their own: here only how many there are. */
function decidedRows({ providers, workflows, budgets, priceOverrides, attributionHeaders }: Settings): Row[] {
  return [
    ['providers', providers.map(({ name }) => name).join(', ') || 'none'],
    ['workflows', `${workflows.length}`],
    ['budgets', `${budgets.length}`, budgets.length > 0 ? 'Only the file changes these.' : ''],
    ['prices.overrides', `${priceOverrides.length}`],
    ['attribution.headers', attributionHeaders.join(', ') || 'none'],
  ];
}

/** The nearest that was said: of the setting itself or of what it lies in. */
function originOf(path: string, { said }: Settings): Pick<EffectiveSetting, 'origin' | 'where'> {
  if (said === undefined) return { origin: 'default', where: '' };
  const over = said.over[path];
  if (over !== undefined) return { origin: over.startsWith('--') ? 'flag' : 'environment', where: over };
  const inFile = said.inFile.some(
    (one) => path === one || path.startsWith(`${one}.`) || one.startsWith(`${path}.`),
  );
  return inFile ? { origin: 'file', where: said.file } : { origin: 'default', where: '' };
}

function yamlOf({ said }: Settings): string | undefined {
  if (said?.whole === undefined) return undefined;
  const whole = JSON.parse(said.whole) as Record<string, unknown>;
  const head = [
    '# The settings in force: the file, with what the environment and the flags say over it.',
    '# Secrets are not in it: only the places where they are.',
    ...(said.whole.includes(KEPT_OUT)
      ? ['# Values of headers and words of commands were kept out; write them in again.']
      : []),
  ].join('\n');
  return `${head}\n${Object.keys(whole).length === 0 ? '# Nothing is set: everything is as it comes.\n' : stringify(whole)}`;
}

function placesOf(settings: Settings): EffectiveSettings['places'] {
  const files = dataFiles(settings.data);
  const place = (what: string, path: string, note: string) => ({ what, path, note });
  return [
    place(
      'Calls not yet in the ledger',
      files.journals,
      'one directory per gateway; emptied as the ledger takes them',
    ),
    settings.ledger === undefined
      ? place('Ledger', files.ledger, 'every line, kept for good: nothing expires')
      : place('Ledger', settings.ledger.url ?? '', 'every line, on the ClickHouse server'),
    settings.registry === undefined
      ? place('Keys and decisions', files.registry, 'kept for good, with the audit chain')
      : place('Keys and decisions', settings.registry.url, 'on the PostgreSQL server'),
    place('Rulebook', files.rulebook, 'derived: it is made again'),
    place(
      'Fingerprint key',
      files.fingerprintKey,
      'back it up: without it fingerprints of prompts begin anew',
    ),
    place('Prompts and answers', 'nowhere', 'they are never written'),
  ];
}

function address({ host, port }: Listen): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function reachNote({ host }: Listen): string {
  return isLoopback(host) ? 'Only this machine reaches it.' : 'The network reaches it.';
}

function keyPlaceText(place: KeyPartPlace): string {
  return place.kind === 'env' ? `in the variable ${place.name}` : `in the file ${place.path}`;
}

function masterPlace(place: MasterKeyPlace): string {
  switch (place.kind) {
    case 'default':
      return 'master.key in the data directory';
    case 'command':
      return 'asked of a command';
    default:
      return keyPlaceText(place);
  }
}
