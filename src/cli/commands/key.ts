/**
 * `setpoint key create|list|rotate|revoke`: through the API where it answers; else, on the machine that holds the data,
 * in the registry itself, to take effect at the next start.
 */
import type { Key, NewKey } from '../../api/contract/keys.ts';
import type { KeyRecord } from '../../registry/registry.ts';
import { NONE } from '../../units/figures.ts';
import { ACTOR, OFFLINE_WORDS, publishedWords, reachOr } from '../offline.ts';
import { listed } from '../options.ts';
import { CliError, EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import { renderCsv, renderMarkdown, renderTable } from '../table.ts';
import type { Sheet } from '../table.ts';

export interface KeyOptions {
  readonly workflow?: string;
  readonly team?: string;
  readonly customer?: string;
  readonly tag?: readonly string[];
  readonly expires?: string;
  readonly environment?: string;
  readonly use?: string;
  readonly allowModels?: string;
  readonly allowEndpoints?: string;
  readonly allowWires?: string;
  readonly allowWorkflows?: string;
  readonly allowTeams?: string;
  readonly allowCustomers?: string;
}

export interface RotateOptions {
  readonly overlap: string;
}

export async function runKeyCreate(command: Command, name: string, options: KeyOptions): Promise<number> {
  const ask = newKey(name, options, command.around.nowMs());
  const created = await reachOr(
    command,
    async () => (await command.client()).createKey(ask),
    async ({ registry }) => {
      const { expiresAt, ...rest } = await checked(ask);
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

export async function runKeyRotate(
  command: Command,
  id: string,
  { overlap }: RotateOptions,
): Promise<number> {
  const overlapSeconds = seconds(overlap);
  const { answer, offline } = await reachOr(
    command,
    async () => (await command.client()).rotateKey(id, { overlapSeconds }),
    async ({ registry }) => {
      const made = await registry.keys.rotate(id, overlapSeconds * 1_000, ACTOR);
      if (made === undefined)
        throw new CliError(`There is no key "${id}". "setpoint key list" shows the ids.`);
      if (made === 'inactive')
        throw new CliError(
          `The key "${id}" is revoked or expired, so it gets no new secret. Nothing was changed.`,
        );
      return { key: await present(made.key, command), secret: made.secret, published: false };
    },
  );
  if (command.format === 'json' || command.format === 'ndjson') command.print(JSON.stringify(answer));
  else command.print(answer.secret);
  const { name, formerUntil } = answer.key;
  command.say(`Key "${name}" (${id}) has a new secret. It is shown this once: keep it now.`);
  command.say(
    formerUntil === null
      ? 'The secret of before works no longer.'
      : `The secret of before works until ${formerUntil}. Replace it by then.`,
  );
  command.say(
    offline ? OFFLINE_WORDS : publishedWords(answer.published, 'The gateway takes it from now on.'),
  );
  return EXIT.ok;
}

export async function runKeyRevoke(command: Command, id: string, reason = ''): Promise<number> {
  const revoked = await reachOr(
    command,
    async () => (await command.client()).revokeKey(id, reason === '' ? {} : { reason }),
    async ({ registry }) => {
      const key = await registry.keys.revoke(id, ACTOR, reason);
      if (key === undefined)
        throw new CliError(`There is no key "${id}". "setpoint key list" shows the ids.`);
      return { key: await present(key, command), published: false };
    },
  );
  if (command.format === 'json' || command.format === 'ndjson') command.print(JSON.stringify(revoked.answer));
  command.say(`Key "${revoked.answer.key.name}" (${id}) is revoked, and so are keys that were made with it.`);
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
    async ({ registry }) => Promise.all((await registry.keys.list()).map((key) => present(key, command))),
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
          'environment',
          'parent',
          'rotatedAt',
          'formerUntil',
          'scope',
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
          key.environment,
          key.parent,
          key.rotatedAt,
          key.formerUntil,
          scopeText(key),
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
    'May',
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
    scopeText(key),
    key.formerUntil === null ? key.state : `${key.state}, rotating`,
  ]);
  return { columns, rows };
}

/** `calls; models gpt-4o*`: what a key may do, in one line. */
function scopeText({ scope: { uses = ['calls'], ...limits } }: Key): string {
  const named = Object.entries(limits).map(([limit, names]) => `${limit} ${(names ?? []).join(', ')}`);
  return [uses.join(', '), ...named].join('; ');
}

async function present(record: KeyRecord, command: Command): Promise<Key> {
  const { keyState } = await import('../../registry/registry.ts');
  const { id, name, environment, workflow, team, customer, tags, scope, parent, hint } = record;
  const instant = (ms: number | undefined): string | null =>
    ms === undefined ? null : new Date(ms).toISOString();
  const createdAt = new Date(record.createdAtMs).toISOString();
  const until = Math.max(0, ...record.former.map(({ untilMs }) => untilMs));
  return {
    id,
    name,
    environment,
    scope: (scope ?? {}) as Key['scope'],
    parent,
    rotatedAt: instant(record.rotatedAtMs),
    formerUntil: instant(until > command.around.nowMs() ? until : undefined),
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

function newKey(name: string, options: KeyOptions, nowMs: number): NewKey {
  const { workflow, team, customer, environment, tag = [], expires } = options;
  const tags = Object.fromEntries(
    tag.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new CliError(`--tag "${text}" is not name=value`, EXIT.usage);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
  const scope = scopeOf(options);
  return {
    name,
    ...(environment !== undefined && { environment }),
    ...(workflow !== undefined && { workflow }),
    ...(team !== undefined && { team }),
    ...(customer !== undefined && { customer }),
    ...(tag.length > 0 && { tags }),
    ...(Object.keys(scope).length > 0 && { scope }),
    ...(expires !== undefined && { expiresAt: expiry(expires, nowMs) }),
  };
}

const LIMITS = {
  use: 'uses',
  allowWires: 'wires',
  allowEndpoints: 'endpoints',
  allowModels: 'models',
  allowWorkflows: 'workflows',
  allowTeams: 'teams',
  allowCustomers: 'customers',
} as const;

/** Names as they were typed; whether they are right is for the contract to say. */
function scopeOf(options: KeyOptions): NonNullable<NewKey['scope']> {
  return Object.fromEntries(
    (Object.keys(LIMITS) as Array<keyof typeof LIMITS>).flatMap((option) => {
      const text = options[option];
      return text === undefined ? [] : [[LIMITS[option], listed(text)]];
    }),
  );
}

/** Without a server, the contract is checked here. */
async function checked(ask: NewKey): Promise<NewKey> {
  const [contract, { contradictions }] = await Promise.all([
    import('../../api/contract/keys.ts'),
    import('../../rulebook/rulebook.ts'),
  ]);
  const parsed = contract.NewKey.safeParse(ask);
  const problems = parsed.success
    ? contradictions(parsed.data)
    : parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  if (!parsed.success || problems.length > 0)
    throw new CliError(problems.map(({ path, message }) => `${path}: ${message}`).join('; '), EXIT.usage);
  return parsed.data;
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

function seconds(text: string): number {
  const match = /^(\d{1,7})([smhd]?)$/.exec(text);
  const unit = match?.[2] === '' ? (match[1] === '0' ? 1 : undefined) : UNITS[match?.[2] ?? ''];
  if (match === null || unit === undefined)
    throw new CliError(`--overlap "${text}" is no time; write 0, 30m, 24h or 7d`, EXIT.usage);
  return Number(match[1]) * unit;
}

function expiry(text: string, nowMs: number): string {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const ms = days === undefined ? Date.parse(text) : nowMs + Number(days) * 86_400_000;
  if (Number.isNaN(ms))
    throw new CliError(`--expires "${text}" is neither days (90d) nor a date (2027-01-01)`, EXIT.usage);
  if (ms <= nowMs) throw new CliError(`--expires "${text}" is in the past`, EXIT.usage);
  return new Date(ms).toISOString();
}
