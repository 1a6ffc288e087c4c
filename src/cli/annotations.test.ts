import { describe, expect, it } from 'vitest';

import { fakeApi, NOW_MS } from '../../test/fakes/api.ts';
import { runCommand } from '../../test/fakes/command-line.ts';
import { fakeLedger } from '../../test/fakes/ledger.ts';
import type { LockedMonth } from '../ledger/question.ts';

async function run(...argv: string[]) {
  const locked = [{ month: '2026-02', lockedAtMs: NOW_MS - 1_000 } as LockedMonth];
  return runCommand(argv, { fake: await fakeApi({ ledger: fakeLedger({ locked }) }) });
}

describe('setpoint annotations', () => {
  it('says what happened, when, and which months are closed', async () => {
    const { code, out, words } = await run('annotations', '--during', 'all');
    expect(code).toBe(0);
    expect(out).toContain('One thing happened in this period: 2026-02 was closed');
    expect(out).toMatch(/When +Kind +What/);
    expect(words).toContain('Closed: 2026-02.');
  });

  it('says in words that there is nothing', async () => {
    const { out } = await run('annotations', '--during', '2025-01');
    expect(out).toContain('Nothing was decided or announced');
  });

  it('gives the answer as it is', async () => {
    const answer = JSON.parse((await run('annotations', '--during', 'all', '--json')).out) as {
      annotations: { kind: string }[];
    };
    expect(answer.annotations.map(({ kind }) => kind)).toEqual(['close']);
  });

  it('refuses a period that is none', async () => {
    const { code, words } = await run('annotations', '--during', 'sometime');
    expect(code).not.toBe(0);
    expect(words).toContain('sometime');
  });
});
