import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { openRegistry } from '../registry/registry.ts';
import { openMasterKeys, openVault } from './operate.ts';
import type { MasterKeyPlace, MasterKeyWorld } from './operate.ts';

const HEX = 'ab'.repeat(32);
const OTHER = 'cd'.repeat(32);
const OPENAI = 'openai/openai';
const SECRET = 'sk-proj-0123456789abcd';

async function world(masterKey: MasterKeyPlace = { kind: 'default' }, more: Partial<MasterKeyWorld> = {}) {
  const data = mkdtempSync(join(tmpdir(), 'setpoint-vault-'));
  const registry = await openRegistry({ file: ':memory:', nowMs: () => 1_000, randomBytes });
  const keyring = () => openMasterKeys({ data, masterKey }, { environment: {}, randomBytes, ...more });
  const vault = () => openVault(registry.secrets, keyring(), randomBytes);
  return { data, file: join(data, 'master.key'), registry, keyring, vault };
}

describe('the master key in the data directory', () => {
  it('is made when it is first needed, for its owner only, and stays', async () => {
    const { file, vault } = await world();
    expect(await vault().open()).toEqual({ secrets: new Map(), problems: [] });
    expect(existsSync(file)).toBe(false);
    await vault().set(OPENAI, SECRET, 'ada');
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(/^[0-9a-f]{64}\n$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await vault().set('groq/openai', 'gsk-0123456789abcdefg', 'ada');
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect((await vault().open()).secrets.get(OPENAI)).toBe(SECRET);
  });

  it('that is lost leaves every secret closed, says so, and closes nothing else', async () => {
    const { file, vault } = await world();
    await vault().set(OPENAI, SECRET, 'ada');
    rmSync(file);
    const { secrets, problems } = await vault().open();
    expect(secrets.size).toBe(0);
    expect(problems).toMatchObject([
      { path: OPENAI, message: expect.stringContaining('not among those given') },
    ]);
    await vault().set(OPENAI, 'sk-proj-new-0123456789', 'ada');
    expect((await vault().open()).secrets.get(OPENAI)).toBe('sk-proj-new-0123456789');
  });

  it('that vanishes under a running program is written again', async () => {
    const { file, vault } = await world();
    const running = vault();
    await running.set(OPENAI, SECRET, 'ada');
    const text = readFileSync(file, 'utf8');
    rmSync(file);
    expect((await running.open()).secrets.get(OPENAI)).toBe(SECRET);
    await running.rulebookKeys();
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});

describe('a rotation of the master key', () => {
  it('wraps anew under a key of its own making, and lets the former go when told', async () => {
    const { file, registry, vault } = await world();
    await vault().set(OPENAI, SECRET, 'ada');
    const before = await registry.secrets.list();
    const { from, to, secrets } = await vault().rotateMaster('bob');
    expect([from, secrets]).toEqual([[before[0]?.sealed.key], 1]);
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(2);
    const after = await registry.secrets.list();
    expect(after[0]?.sealed).toMatchObject({ key: to, text: before[0]?.sealed.text });
    await vault().finishRotation();
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(1);
    expect((await vault().open()).secrets.get(OPENAI)).toBe(SECRET);
    expect(await registry.verifyAudit()).toMatchObject({ kind: 'intact', entries: 2 });
  });

  it('that was cut short after its first step loses nothing and goes on', async () => {
    const { keyring, vault } = await world();
    await vault().set(OPENAI, SECRET, 'ada');
    await keyring().begin(); // and then the power went
    expect((await vault().open()).secrets.get(OPENAI)).toBe(SECRET);
    await vault().rotateMaster('ada');
    await vault().finishRotation();
    expect((await vault().open()).secrets.get(OPENAI)).toBe(SECRET);
  });

  it('with a key of the operator’s goes by the order in which the keys are named', async () => {
    const environment = { SETPOINT_MASTER_KEY: HEX };
    const { vault, data, registry } = await world({ kind: 'default' }, { environment });
    await vault().set(OPENAI, SECRET, 'ada');
    expect(await vault().rotateMaster('ada')).toMatchObject({ unchanged: true });
    environment.SETPOINT_MASTER_KEY = `${OTHER},${HEX}`;
    expect(await vault().rotateMaster('ada')).toMatchObject({ unchanged: false, secrets: 1 });
    environment.SETPOINT_MASTER_KEY = OTHER;
    expect((await vault().open()).secrets.get(OPENAI)).toBe(SECRET);
    environment.SETPOINT_MASTER_KEY = HEX;
    expect((await vault().open()).problems).toHaveLength(1);
    expect(existsSync(join(data, 'master.key'))).toBe(false);
    await registry.close();
  });
});

describe('a master key from elsewhere', () => {
  it('comes from a file that is named and never made', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'setpoint-key-')), 'kek');
    const { vault } = await world({ kind: 'file', path });
    await expect(vault().set(OPENAI, SECRET, 'ada')).rejects.toThrow(/ENOENT/);
    writeFileSync(path, HEX);
    await vault().set(OPENAI, SECRET, 'ada');
    expect((await vault().open()).secrets.get(OPENAI)).toBe(SECRET);
  });

  it('comes from a command, which is asked once', async () => {
    const asked: unknown[] = [];
    const runCommand = async (argv: readonly string[]) => (asked.push(argv), HEX);
    const { keyring, registry } = await world({ kind: 'command', argv: ['kms', 'decrypt'] }, { runCommand });
    const vault = openVault(registry.secrets, keyring(), randomBytes);
    await vault.set(OPENAI, SECRET, 'ada');
    expect((await vault.open()).secrets.get(OPENAI)).toBe(SECRET);
    expect(asked).toEqual([['kms', 'decrypt']]);
  });

  it('by command is refused where no command may be run, saying what to do', async () => {
    const { vault } = await world({ kind: 'command', argv: ['kms'] });
    await expect(vault().set(OPENAI, SECRET, 'ada')).rejects.toThrow(
      /only control runs.*SETPOINT_MASTER_KEY/,
    );
  });
});

describe('credentials as people see them', () => {
  it('show four characters at most, and none of a short one', async () => {
    const { vault } = await world();
    await vault().set(OPENAI, SECRET, 'ada');
    await vault().set('tiny/openai', 'short', 'ada');
    await vault().set(
      'bedrock/bedrock',
      '{"accessKeyId":"AKIA0123456789WXYZ","secretAccessKey":"s3cr3t"}',
      'ada',
    );
    const list = await vault().list();
    expect(list.map(({ provider, hint }) => [provider, hint])).toEqual([
      ['bedrock', 'WXYZ'],
      ['openai', 'abcd'],
      ['tiny', ''],
    ]);
    expect(JSON.stringify(list)).not.toMatch(/sk-proj|s3cr3t|short/);
  });

  it('of which one was put in another’s place say so, and the others open', async () => {
    const { registry, vault, keyring } = await world();
    await vault().set(OPENAI, SECRET, 'ada');
    await vault().set('groq/openai', 'gsk-0123456789abcdefg', 'ada');
    const records = await registry.secrets.list();
    const swapped = {
      ...registry.secrets,
      list: async () =>
        records.map((record) =>
          record.id.includes('groq') ? { ...record, sealed: records[1]!.sealed } : record,
        ),
    };
    const { secrets, problems } = await openVault(swapped, keyring(), randomBytes).open();
    expect([...secrets.keys()]).toEqual([OPENAI]);
    expect(problems[0]?.message).toMatch(/seal of another secret/);
  });
});
