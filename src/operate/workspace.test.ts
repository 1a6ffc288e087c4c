import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { beforeEach, describe, expect, it } from 'vitest';

import { demoFiles, holdsOther, readWorkspace, removeDemo, writeWorkspace } from './workspace.ts';
import type { DemoWorkspace } from './workspace.ts';

const DEMO: DemoWorkspace = {
  kind: 'demo',
  company: 'Harborline Software',
  seed: 'harborline',
  now: '2026-11-25T16:00:00.000Z',
  frozen: false,
  loadedAt: null,
};

let directory: string;
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'setpoint-workspace-')), 'data');
});

describe('a data directory', () => {
  it('that is absent or empty holds nothing, and may become a demo', () => {
    expect(readWorkspace(directory)).toEqual({ kind: 'real' });
    expect(holdsOther(directory)).toBe(false);
    mkdirSync(directory);
    expect(holdsOther(directory)).toBe(false);
  });

  it('with anything in it that is no demo is never taken for one, nor removed', () => {
    mkdirSync(directory);
    writeFileSync(join(directory, 'registry.sqlite'), '');
    expect(holdsOther(directory)).toBe(true);
    expect(() => removeDemo(directory)).toThrow(/real data/);
    expect(existsSync(join(directory, 'registry.sqlite'))).toBe(true);
  });

  it('with a demo says so, and can be taken away with all that is in it', () => {
    writeWorkspace(directory, DEMO);
    mkdirSync(demoFiles(directory).statements, { recursive: true });
    expect(readWorkspace(directory)).toEqual(DEMO);
    expect(holdsOther(directory)).toBe(false);
    expect(removeDemo(directory)).toBe(true);
    expect(existsSync(directory)).toBe(false);
    expect(removeDemo(directory)).toBe(false);
  });

  it('whose workspace file cannot be understood is refused and not guessed', () => {
    writeWorkspace(directory, DEMO);
    writeFileSync(join(directory, 'workspace.json'), '{"kind":"demo"}');
    expect(() => readWorkspace(directory)).toThrow(/does not say what this directory holds/);
    expect(() => removeDemo(directory)).toThrow();
    expect(existsSync(directory)).toBe(true);
  });
});
