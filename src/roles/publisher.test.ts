import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { openMasterKeys, openVault, readRulebook, readSettings } from '../operate/operate.ts';
import { openRegistry } from '../registry/registry.ts';
import { unsealRulebook } from '../rulebook/rulebook.ts';
import { createPublisher, sharing } from './publisher.ts';

describe('publications', () => {
  it('that are asked for while one is written share the next, which begins after all of them', async () => {
    const runs: Array<{ at: number; end: () => void }> = [];
    let asked = 0;
    const publish = sharing(() => new Promise<void>((end) => runs.push({ at: asked, end })));
    const ask = (): Promise<void> => {
      asked += 1;
      return publish();
    };
    const first = ask();
    const waiting = [ask(), ask(), ask()];
    expect(runs.map(({ at }) => at)).toEqual([1]);
    runs[0]?.end();
    await first;
    const late = ask(); // the second has begun without it, so it gets a third
    runs[1]?.end();
    await Promise.all(waiting);
    runs[2]?.end();
    await late;
    expect(runs.map(({ at }) => at)).toEqual([1, 4, 5]);
  });

  it('of which one fails fail for those that asked for it, and not for the next', async () => {
    let runs = 0;
    const publish = sharing(async () => {
      runs += 1;
      if (runs === 1) throw new Error('the disk is full');
    });
    const [first, second] = await Promise.allSettled([publish(), publish()]);
    expect([first?.status, second?.status, runs]).toEqual(['rejected', 'fulfilled', 2]);
  });
});

async function world() {
  const data = mkdtempSync(join(tmpdir(), 'setpoint-publisher-'));
  const keyFile = join(data, '..', `key-${data.slice(-6)}`);
  writeFileSync(keyFile, 'sk-file-first\n');
  const yamlText = `providers: [{ preset: openai }, { preset: groq, key: { file: ${keyFile} } }]`;
  const settings = { ...readSettings({ yamlText, environment: {}, flags: {} }), data };
  const registry = await openRegistry({ file: ':memory:', nowMs: () => 1_000, randomBytes });
  const vault = openVault(
    registry.secrets,
    openMasterKeys(settings, { environment: {}, randomBytes }),
    randomBytes,
  );
  const said: string[] = [];
  const publisher = createPublisher({
    settings,
    registry,
    vault,
    priceSeed: { version: 'test' },
    world: {
      environment: { OPENAI_API_KEY: 'sk-env' },
      nowMs: () => 1_000,
      say: (text) => void said.push(text),
      tellParent: () => undefined,
    },
  });
  const file = join(data, 'rulebook.json');
  const secrets = async () => {
    const published = readRulebook(file);
    if (published === undefined) throw new Error('nothing was published');
    const { providers } = unsealRulebook(published, await vault.rulebookKeys());
    return Object.fromEntries(providers.map(({ name, secret }) => [name, secret]));
  };
  return { publisher, vault, registry, keyFile, file, secrets, said };
}

describe('credentials in the next rulebook', () => {
  it('are those of the environment, of files and of the vault, which goes first; on disk none can be read', async () => {
    const { publisher, vault, file, secrets } = await world();
    await publisher.publish();
    expect(await secrets()).toMatchObject({ openai: 'sk-env', groq: 'sk-file-first' });
    await vault.set('openai/openai', 'sk-sealed-0123456789', 'ada');
    await publisher.publish();
    expect(await secrets()).toMatchObject({ openai: 'sk-sealed-0123456789' });
    expect(readFileSync(file, 'utf8')).not.toMatch(/sk-(env|file|sealed)/);
    await vault.remove('openai/openai', 'ada');
    await publisher.publish();
    expect(await secrets()).toMatchObject({ openai: 'sk-env' });
  });

  it('are looked for again, and published only where one changed', async () => {
    const { publisher, keyFile, file, secrets } = await world();
    await publisher.publish();
    await publisher.lookAgain();
    expect(readRulebook(file)?.version).toBe(1);
    writeFileSync(keyFile, 'sk-file-second\n');
    await publisher.lookAgain();
    expect(readRulebook(file)?.version).toBe(2);
    expect(await secrets()).toMatchObject({ groq: 'sk-file-second' });
  });

  it('that cannot be opened leave their provider out, say so once, and hold no revocation up', async () => {
    const { publisher, registry, vault, file, said } = await world();
    const { key } = await registry.keys.create({ name: 'ci' }, 'ada');
    await vault.set('openai/openai', 'sk-sealed-0123456789', 'ada');
    const [record] = await registry.secrets.list();
    await registry.secrets.rewrap(
      { under: 'f00d', rewrap: () => ({ ...record!.sealed, key: 'f00d' }) },
      'mallory',
    );
    await publisher.publish();
    await registry.keys.revoke(key.id, 'ada');
    await publisher.publish();
    const published = readRulebook(file);
    expect(published?.keys).toEqual([]);
    expect(published?.providers.map(({ name }) => name)).not.toContain('openai');
    expect(said.filter((text) => text.includes('not among those given'))).toHaveLength(1);
  });
});
