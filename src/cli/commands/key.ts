/**
 * `setpoint key create|list|revoke`: through the API where it answers; else, on the machine that holds the data,
 * in the registry itself, to take effect at the next start.
 */
import type { ApiUnreachable as Unreachable } from '../../api/client.ts';
import type { Key, NewKey } from '../../api/contract.ts';
import type { KeyRecord, Registry } from '../../registry/registry.ts';
import { NONE } from '../../units/figures.ts';
import { CliError, EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import { renderCsv, renderMarkdown, renderTable } from '../table.ts';
import type { Sheet } from '../table.ts';

const ACTOR = 'local command line';
const OFFLINE_WORDS =
  'No server is running here, so this was done in the registry itself; it takes effect at the next start.';

export interface KeyOptions {
  readonly workflow?: string;
  readonly team?: string;
  readonly customer?: string;
  readonly tag?: readonly string[];
  readonly expires?: string;
}

export async function runKeyCreate(command: Command, name: string, options: KeyOptions): Promise<number> {
  const ask = newKey(name, options, command.around.nowMs());
  const created = await reachOr(
    command,
    async () => (await command.client()).createKey(ask),
    async (registry) => {
      const { expiresAt, ...rest } = ask;
      const { key, secret } = await registry.keys.create(
        { ...rest, expiresAtMs: expiresAt === undefined ? undefined : Date.parse(expiresAt) },
        ACTOR,
      );
      return { key: await present(key, command), secret, published: false };
    },
  );
  if (command.format === 'json' || command.format === 'ndjson') command.print(JSON.stringify(created.answer));
  else command.print(created.answer.secret);
  command.say(
    `Key "${created.answer.key.name}" (${created.answer.key.id}) was created. It is shown this once: keep it now.`,
  );
  command.say(
    created.offline
      ? OFFLINE_WORDS
      : publishedWords(
          created.answer.published,
          'The gateway takes it from now on, and no longer takes calls without a key.',
        ),
  );
  return EXIT.ok;
}

export async function runKeyRevoke(command: Command, id: string): Promise<number> {
  const revoked = await reachOr(
    command,
    async () => (await command.client()).revokeKey(id),
    async (registry) => {
      const key = await registry.keys.revoke(id, ACTOR);
      if (key === undefined)
        throw new CliError(`There is no key "${id}". "setpoint key list" shows the ids.`);
      return { key: await present(key, command), published: false };
    },
  );
  if (command.format === 'json' || command.format === 'ndjson') command.print(JSON.stringify(revoked.answer));
  command.say(`Key "${revoked.answer.key.name}" (${id}) is revoked.`);
  command.say(
    revoked.offline
      ? OFFLINE_WORDS
      : publishedWords(revoked.answer.published, 'Calls with it are refused from now on.'),
  );
  return EXIT.ok;
}

export async function runKeyList(command: Command): Promise<number> {
  const { answer } = await reachOr(
    command,
    async () => allKeys(command),
    async (registry) => Promise.all((await registry.keys.list()).map((key) => present(key, command))),
  );
  command.print(render(command, answer));
  return EXIT.ok;
}

async function allKeys(command: Command): Promise<Key[]> {
  const client = await command.client();
  const keys: Key[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page = await client.keys({ limit: 1_000, ...(cursor !== undefined && { cursor }) });
    keys.push(...page.keys);
    cursor = page.nextCursor;
  }
  return keys;
}

function render(command: Command, keys: readonly Key[]): string {
  switch (command.format) {
    case 'json':
      return JSON.stringify(keys, null, 2);
    case 'ndjson':
      return keys.map((key) => JSON.stringify(key)).join('\n');
    case 'csv':
      return renderCsv([
        [
          'id',
          'name',
          'workflow',
          'team',
          'customer',
          'hint',
          'createdAt',
          'expiresAt',
          'revokedAt',
          'state',
        ],
        ...keys.map((key) => [
          key.id,
          key.name,
          key.workflow,
          key.team,
          key.customer,
          key.hint,
          key.createdAt,
          key.expiresAt,
          key.revokedAt,
          key.state,
        ]),
      ]);
    case 'md':
      return renderMarkdown(keySheet(keys));
    default:
      return keys.length === 0
        ? 'No keys yet. Create one: setpoint key create "support production" --workflow support'
        : renderTable(keySheet(keys), command.style);
  }
}

function keySheet(keys: readonly Key[]): Sheet {
  const columns = [
    'Id',
    'Name',
    'Workflow',
    'Team',
    'Customer',
    'Ends in',
    'Created',
    'Expires',
    'State',
  ].map((header) => ({ header, align: 'left' as const }));
  const day = (instant: string | null): string => instant?.slice(0, 10) ?? NONE;
  const rows = keys.map((key) => [
    key.id,
    key.name,
    key.workflow || NONE,
    key.team || NONE,
    key.customer || NONE,
    `…${key.hint}`,
    day(key.createdAt),
    day(key.expiresAt),
    key.state,
  ]);
  return { columns, rows };
}

/** Asks the server; where none answers at the address of the settings, opens the registry of the data directory. */
async function reachOr<T>(
  command: Command,
  online: () => Promise<T>,
  offline: (registry: Registry) => Promise<T>,
): Promise<{ answer: T; offline: boolean }> {
  try {
    return { answer: await online(), offline: false };
  } catch (error) {
    if (command.addressNamed || !isUnreachable(error)) throw error;
  }
  const registry = await openHere(command);
  try {
    return { answer: await offline(registry), offline: true };
  } finally {
    await registry.close();
  }
}

async function openHere(command: Command): Promise<Registry> {
  const [{ dataFiles }, { openRegistry }, { mkdirSync }, path, { randomBytes }] = await Promise.all([
    import('../../operate/operate.ts'),
    import('../../registry/registry.ts'),
    import('node:fs'),
    import('node:path'),
    import('node:crypto'),
  ]);
  const settings = await command.settings();
  if (settings.registry !== undefined)
    throw new CliError(
      'No control answers here, and keys are kept in PostgreSQL, where another host may lead. Nothing was changed. Start "setpoint control", or name a control that runs with --url.',
      EXIT.unreachable,
    );
  const directory = path.resolve(command.around.workingDirectory, settings.data);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return openRegistry({ file: dataFiles(directory).registry, nowMs: command.around.nowMs, randomBytes });
}

async function present(record: KeyRecord, command: Command): Promise<Key> {
  const { keyState } = await import('../../registry/registry.ts');
  const { id, name, workflow, team, customer, tags, hint } = record;
  const instant = (ms: number | undefined): string | null =>
    ms === undefined ? null : new Date(ms).toISOString();
  const createdAt = new Date(record.createdAtMs).toISOString();
  return {
    id,
    name,
    workflow,
    team,
    customer,
    tags: { ...tags },
    hint,
    createdAt,
    expiresAt: instant(record.expiresAtMs),
    revokedAt: instant(record.revokedAtMs),
    state: keyState(record, command.around.nowMs()),
  };
}

function newKey(
  name: string,
  { workflow, team, customer, tag = [], expires }: KeyOptions,
  nowMs: number,
): NewKey {
  const tags = Object.fromEntries(
    tag.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new CliError(`--tag "${text}" is not name=value`, EXIT.usage);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
  return {
    name,
    ...(workflow !== undefined && { workflow }),
    ...(team !== undefined && { team }),
    ...(customer !== undefined && { customer }),
    ...(tag.length > 0 && { tags }),
    ...(expires !== undefined && { expiresAt: expiry(expires, nowMs) }),
  };
}

function expiry(text: string, nowMs: number): string {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const ms = days === undefined ? Date.parse(text) : nowMs + Number(days) * 86_400_000;
  if (Number.isNaN(ms))
    throw new CliError(`--expires "${text}" is neither days (90d) nor a date (2027-01-01)`, EXIT.usage);
  if (ms <= nowMs) throw new CliError(`--expires "${text}" is in the past`, EXIT.usage);
  return new Date(ms).toISOString();
}

function publishedWords(published: boolean, words: string): string {
  return published
    ? words
    : 'The gateways could not be told yet; they will be at the next publication. "setpoint doctor" may say why.';
}

function isUnreachable(error: unknown): error is Unreachable {
  return error instanceof Error && error.name === 'ApiUnreachable';
}
