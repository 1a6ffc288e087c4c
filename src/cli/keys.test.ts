import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { fakeApi, NOW_MS } from '../../test/fakes/api.ts';
import { emptyDirectory, NO_SERVER, runCommand as run } from '../../test/fakes/command-line.ts';
import type { Surroundings } from './cli.ts';

const SECRET = 'sk-proj-CANARY-0123456789abcd';

async function* piped(text: string): AsyncGenerator<string> {
  for (const piece of text.match(/.{1,7}|\n/gs) ?? []) yield piece;
}

/** A directory without a server, with settings of one provider. */
function offline(): Partial<Surroundings> & { workingDirectory: string } {
  const workingDirectory = emptyDirectory();
  writeFileSync(
    join(workingDirectory, 'setpoint.yaml'),
    'providers: [{ preset: openai }, { preset: groq }]\n',
  );
  return { fetch: NO_SERVER, workingDirectory };
}

describe('setpoint key create', () => {
  const LIMITS = [
    '--environment=test',
    '--use=calls,keys',
    '--allow-models=gpt-4o*,claude-haiku*',
    '--allow-endpoints=inference',
    '--allow-teams=CX',
  ];
  const SCOPE = {
    uses: ['calls', 'keys'],
    models: ['gpt-4o*', 'claude-haiku*'],
    endpoints: ['inference'],
    teams: ['CX'],
  };

  it.each(['with a server', 'without one'])('takes limits %s, and the list shows them', async (how) => {
    const around = how === 'with a server' ? { fake: await fakeApi() } : offline();
    const { code, out } = await run(['key', 'create', 'ci', ...LIMITS], around);
    expect([code, out]).toEqual([0, expect.stringMatching(/^sp_test_\w{8}_\w{43}_\w{6}\n$/)]);
    const [key] = JSON.parse((await run(['key', 'list', '--json'], around)).out) as object[];
    expect(key).toMatchObject({ environment: 'test', scope: SCOPE });
    expect((await run(['key', 'list', '--output', 'csv'], around)).out).toContain(
      'models gpt-4o*, claude-haiku*',
    );
  });

  it.each([
    [['--use', 'everything']],
    [['--allow-wires', 'carrier-pigeon']],
    [['--use', 'read', '--allow-teams', 'CX']],
    [['--workflow', 'sales', '--allow-workflows', 'support']],
    [['--environment', 'Prod']],
  ])('2 on %j, with a server and without', async (options) => {
    for (const around of [{}, offline()])
      expect(await run(['key', 'create', 'a', ...options], around)).toMatchObject({ code: 2, out: '' });
  });
});

describe('setpoint key rotate', () => {
  it.each(['with a server', 'without one'])('prints the new secret alone, %s', async (how) => {
    const around = how === 'with a server' ? { fake: await fakeApi() } : offline();
    await run(['key', 'create', 'ci'], around);
    const [key] = JSON.parse((await run(['key', 'list', '--json'], around)).out) as Array<{ id: string }>;
    const id = key?.id ?? '';
    const rotated = await run(['key', 'rotate', id, '--overlap', '24h'], around);
    expect(rotated.code).toBe(0);
    expect(rotated.out).toMatch(new RegExp(`^sp_live_${id}_\\w{43}_\\w{6}\n$`));
    expect(rotated.words).toContain(`works until ${new Date(NOW_MS + 86_400_000).toISOString()}`);
    expect((await run(['key', 'list'], around)).out).toContain('active, rotating');
    expect((await run(['key', 'rotate', id, '--overlap', '0'], around)).words).toContain('works no longer');
    await run(['key', 'revoke', id], around);
    expect(await run(['key', 'rotate', id], around)).toMatchObject({ code: 1, out: '' });
    expect(await run(['key', 'rotate', 'none'], around)).toMatchObject({ code: 1 });
  });

  it.each(['soon', '24', '1w', '-1h'])('2 on --overlap %s', async (overlap) => {
    expect(await run(['key', 'rotate', 'a', `--overlap=${overlap}`])).toMatchObject({ code: 2, out: '' });
  });
});

describe('setpoint provider key', () => {
  it('takes a key from standard input, seals it, and shows four characters', async () => {
    const around = offline();
    const set = await run(['provider', 'key', 'set', 'openai'], { ...around, stdin: piped(`${SECRET}\n`) });
    expect(set).toMatchObject({
      code: 0,
      out: '',
      words: expect.stringContaining('ending in abcd, is sealed'),
    });
    expect(set.words).toContain('takes effect at the next start');
    const list = await run(['provider', 'key', 'list'], around);
    expect(list.out).toMatch(/openai +.*sealed +.*set +.*…abcd/);
    expect(list.out).toMatch(/groq +.*env GROQ_API_KEY +.*missing/);
    expect(`${set.words}${list.out}`).not.toContain('CANARY');
    const data = join(around.workingDirectory, '.setpoint');
    const kept = readdirSync(data).map((name) => readFileSync(join(data, name), 'latin1'));
    expect(kept.join('')).not.toContain('CANARY');
    expect((await run(['provider', 'key', 'remove', 'openai'], around)).code).toBe(0);
    expect((await run(['provider', 'key', 'remove', 'openai'], around)).code).toBe(1);
  });

  it('is known to the doctor, who says so when it does not open', async () => {
    const around = offline();
    const finding = async () =>
      (
        JSON.parse((await run(['doctor', '--json'], around)).out) as Array<{
          check: string;
          state: string;
          detail: string;
        }>
      ).find(({ check }) => check === 'provider openai (openai)');
    expect(await finding()).toMatchObject({ state: 'warning', detail: 'no credential, so it is not used' });
    await run(['provider', 'key', 'set', 'openai'], { ...around, stdin: piped(SECRET) });
    expect(await finding()).toMatchObject({ state: 'ok', detail: expect.stringContaining('credential set') });
    rmSync(join(around.workingDirectory, '.setpoint', 'master.key'));
    expect(await finding()).toMatchObject({
      state: 'warning',
      detail: expect.stringContaining('cannot be opened'),
    });
  });

  it('asks a person for it and shows nothing of what is typed', async () => {
    const raw: boolean[] = [];
    const typed = Object.assign(piped(`${SECRET}xy\u007f\u007f\r`), {
      isTTY: true,
      setRawMode: (on: boolean) => void raw.push(on),
    });
    const around = offline();
    const set = await run(['provider', 'key', 'set', 'openai'], { ...around, stdin: typed });
    expect(set.words).toContain('Type the key of "openai"; it is not shown');
    expect(set.words).toContain('ending in abcd');
    expect(set.words).not.toContain('CANARY');
    expect(raw).toEqual([true, false]);
  });

  it.each([
    ['nothing', ''],
    ['two lines', `${SECRET}\n${SECRET}\n`],
    ['too much', 'x'.repeat(20_000)],
  ])('2 on %s, and nothing of it is said', async (_, text) => {
    const set = await run(['provider', 'key', 'set', 'openai'], { ...offline(), stdin: piped(text) });
    expect(set).toMatchObject({ code: 2, out: '' });
    expect(set.words).not.toMatch(/CANARY|xxx/);
  });

  it('takes no key as an argument, and says no word of one', async () => {
    const set = await run(['provider', 'key', 'set', 'openai', SECRET], offline());
    expect(set.code).toBe(2);
    expect(set.words).not.toContain('CANARY');
  });

  it('1 on a provider that the settings do not have', async () => {
    const set = await run(['provider', 'key', 'set', 'opnai'], { ...offline(), stdin: piped(SECRET) });
    expect(set).toMatchObject({ code: 1, words: expect.stringContaining('no provider "opnai"') });
  });
});

describe('setpoint secret rotate-master', () => {
  it('wraps what there is under a new key, and it opens still', async () => {
    const around = offline();
    await run(['provider', 'key', 'set', 'openai'], { ...around, stdin: piped(SECRET) });
    const before = JSON.parse((await run(['provider', 'key', 'list', '--json'], around)).out) as object[];
    const rotated = await run(['secret', 'rotate-master'], around);
    expect(rotated).toMatchObject({
      code: 0,
      words: expect.stringContaining('1 secret is under the master key'),
    });
    const after = JSON.parse((await run(['provider', 'key', 'list', '--json'], around)).out) as object[];
    expect(after[0]).toMatchObject({ state: 'set', hint: 'abcd' });
    expect(after[0]).not.toMatchObject({ masterKey: (before[0] as { masterKey: string }).masterKey });
  });
});
