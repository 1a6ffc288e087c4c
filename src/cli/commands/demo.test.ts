import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeEach, describe, expect, it } from 'vitest';

import { fakeApi, fetchFrom } from '../../../test/fakes/api.ts';
import type { FakeApi } from '../../../test/fakes/api.ts';
import { emptyDirectory, NO_SERVER, runCommand } from '../../../test/fakes/command-line.ts';
import { demoFiles, writeWorkspace } from '../../operate/operate.ts';
import type { DemoWorkspace } from '../../operate/operate.ts';
import type { StartAsk } from '../cli.ts';

const NOW = '2026-11-25T16:00:00.000Z';
const DEMO: DemoWorkspace = {
  kind: 'demo',
  company: 'Harborline Software',
  seed: 'harborline',
  now: NOW,
  frozen: false,
  loadedAt: NOW,
};

let workingDirectory: string;
let asked: StartAsk[];
beforeEach(() => {
  workingDirectory = emptyDirectory();
  asked = [];
});

async function run(argv: readonly string[], environment: Record<string, string> = {}, fake?: FakeApi) {
  return runCommand(argv, {
    environment,
    workingDirectory,
    nowMs: () => Date.parse(NOW),
    start: async (ask) => {
      asked.push(ask);
      ask.onReady();
    },
    fetch: fake === undefined ? NO_SERVER : fetchFrom(fake),
  });
}

const demoDirectory = (): string => join(workingDirectory, '.setpoint-demo');

describe('setpoint demo', () => {
  it('starts in a directory of its own, with no provider that costs money, whatever the environment says', async () => {
    const { code, out, words } = await run(['demo', '--api-listen', '127.0.0.1:0'], {
      SETPOINT_DATA: 'real-data',
      OPENAI_API_KEY: 'sk-canary',
    });
    expect(code).toBe(0);
    expect(asked[0]).toMatchObject({
      parts: 'all',
      settings: {
        data: demoDirectory(),
        providers: [],
        simulator: { enabled: 'always' },
        demo: { seed: 'harborline' },
      },
    });
    expect(asked[0]?.settings.demo?.now).toBeUndefined();
    expect(words).toContain('DEMO: making a fictional company');
    expect(out).toContain('with the demo company');
    expect(out).toContain('demo wipe');
  });

  it('takes a seed and a now, and refuses a now that is none', async () => {
    await run(['demo', '--seed', 'other', '--now', NOW]);
    expect(asked[0]?.settings.demo).toEqual({ seed: 'other', now: NOW });
    expect(await run(['demo', '--now', 'yesterday'])).toMatchObject({
      code: 2,
      words: expect.stringContaining('--demo-now: is no instant in UTC'),
    });
    expect(asked).toHaveLength(1);
  });

  it('refuses a directory that holds real data, and starts nothing', async () => {
    mkdirSync(join(workingDirectory, 'real'));
    writeFileSync(join(workingDirectory, 'real', 'registry.sqlite'), '');
    for (const more of [[], ['--fresh']]) {
      const { code, words } = await run(['demo', '--data', 'real', ...more]);
      expect(code).toBe(1);
      expect(words).toMatch(/holds real data/);
    }
    expect(asked).toHaveLength(0);
    expect(existsSync(join(workingDirectory, 'real', 'registry.sqlite'))).toBe(true);
  });

  it('uses a loaded demo again, and takes it away first when told to', async () => {
    writeWorkspace(demoDirectory(), DEMO);
    expect((await run(['demo'])).words).toContain(`as of ${NOW}`);
    expect(existsSync(demoDirectory())).toBe(true);
    expect((await run(['demo', '--fresh'])).words).toContain('making a fictional company');
    expect(existsSync(demoDirectory())).toBe(false);
  });
});

describe('setpoint demo truth', () => {
  it('prints the truth of the loaded demo as it was written', async () => {
    writeWorkspace(demoDirectory(), DEMO);
    mkdirSync(demoFiles(demoDirectory()).directory, { recursive: true });
    writeFileSync(demoFiles(demoDirectory()).truth, '{"digest":"abc"}\n');
    expect(JSON.parse((await run(['demo', 'truth'])).out)).toEqual({ digest: 'abc' });
  });
});

describe('setpoint demo wipe', () => {
  it('asks the server of the demo, where one runs', async () => {
    let wiped = 0;
    const fake = await fakeApi({ workspace: () => DEMO, wipe: () => void (wiped += 1) });
    const { code, words } = await run(['demo', 'wipe'], {}, fake);
    expect({ code, wiped }).toEqual({ code: 0, wiped: 1 });
    expect(words).toContain('The demo was wiped');
  });

  it('never asks a server of real calls, and removes the directory of the demo itself', async () => {
    let wiped = 0;
    const fake = await fakeApi({ wipe: () => void (wiped += 1) });
    writeWorkspace(demoDirectory(), DEMO);
    expect((await run(['demo', 'wipe'], {}, fake)).code).toBe(0);
    expect(wiped).toBe(0);
    expect(existsSync(demoDirectory())).toBe(false);
    expect((await run(['demo', 'wipe'])).words).toContain('There is no demo');
  });

  it('refuses a directory with real data', async () => {
    mkdirSync(join(workingDirectory, 'real'));
    writeFileSync(join(workingDirectory, 'real', 'registry.sqlite'), '');
    expect((await run(['demo', 'wipe', '--data', 'real'])).code).toBe(1);
    expect(existsSync(join(workingDirectory, 'real', 'registry.sqlite'))).toBe(true);
  });
});

describe('every command that asks a demo', () => {
  it('says once, beside the data, that it is one', async () => {
    const demo = await run(['ledger', '--json'], {}, await fakeApi({ workspace: () => DEMO }));
    expect(demo.words.match(/DEMO: these are the calls of a fictional company/g)).toHaveLength(1);
    expect(() => JSON.parse(demo.out)).not.toThrow();
    const real = await run(['ledger', '--json'], {}, await fakeApi());
    expect(real.words).not.toContain('DEMO');
  });
});
