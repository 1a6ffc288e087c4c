/** The guard is guarded: a clean house passes, and each fault planted in it is found under its own rule. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';

import { checkHouse, describeFault, RULE_NAMES } from './checker.ts';
import { HOUSE } from './house.ts';
import type { House } from './house.ts';
import type { RuleName } from './rules.ts';

type Tree = Readonly<Record<string, string>>;

const CLEAN: Tree = {
  'src/units/money.ts': 'export const PICODOLLARS = 1n;\n',
  'src/prices/prices.ts': `import { PICODOLLARS } from '../units/money.ts';\nexport const price = () => PICODOLLARS;\n`,
  'src/levers/levers.ts': `interface Verdict { id: string }\nexport interface LeverSetting { verdict: Verdict }\n`,
  'src/gateway/call.ts': 'export interface Call { id: string }\n',
  'src/gateway/gateway.ts': `import type { Call } from './call.ts';\nexport const serve = (call: Call) => call.id;\n`,
  'src/ledger/ledger.ts': `import type { Call } from '../gateway/call.ts';\nexport const line = (call: Call) => call.id;\n`,
  'src/ledger/stores/lines.ts': `import { createClient } from '@clickhouse/client';\nexport const read = () => createClient().query({ query: 'SELECT 1 FROM lines' });\n`,
  'src/cli/cli.ts': `export const say = () => console.log('hello'); // not from process.env\n`,
  'src/main.ts': `import { say } from './cli/cli.ts';\nif (process.env.LOUD) say();\n`,
};

const lines = (count: number) => Array.from({ length: count }, (_, at) => `  work(${at});`).join('\n');

/** Every rule with the smallest trees that break it, and nothing else. */
const PLANTS: ReadonlyArray<readonly [rule: RuleName, planted: string, tree: Tree]> = [
  [
    'data flows down: a room imports only rooms before it',
    'a lower room knows a higher one',
    {
      'src/prices/book.ts': `import { serve } from '../gateway/gateway.ts';\nexport const book = serve;\n`,
    },
  ],
  [
    'data flows down: a room imports only rooms before it',
    'a type is imported upward',
    {
      'src/prices/book.ts': `export type Book = import('../gateway/gateway.ts').Book;\n`,
    },
  ],
  [
    'data flows down: a room imports only rooms before it',
    'a room that is not in the list',
    {
      'src/cellar/cellar.ts': `import { PICODOLLARS } from '../units/money.ts';\nexport const wine = PICODOLLARS;\n`,
    },
  ],
  [
    'a room is entered by its front door',
    'a window is used',
    {
      'src/inform/inform.ts': `import { read } from '../ledger/stores/lines.ts';\nexport const report = read;\n`,
    },
  ],
  [
    'a room is entered by its front door',
    'a window is used at run time',
    {
      'src/inform/inform.ts': `export const report = () => import('../ledger/stores/lines.ts');\n`,
    },
  ],
  ['there are no barrels', 'an index file', { 'src/prices/index.ts': 'export const price = 1;\n' }],
  [
    'there are no barrels',
    'a file that only passes on',
    { 'src/prices/all.ts': `export * from './prices.ts';\n` },
  ],
  [
    'there are no barrels',
    'a file that imports to pass on',
    {
      'src/prices/all.ts': `import { price } from './prices.ts';\nexport { price };\n`,
    },
  ],
  [
    'there are no barrels',
    'a front door that only passes on whole files',
    {
      'src/prices/prices.ts': `export * from './book.ts';\n`,
      'src/prices/book.ts': 'export const price = 1;\n',
    },
  ],
  [
    'imports run in no circle',
    'two files need each other, one by type',
    {
      'src/prices/left.ts': `import type { Right } from './right.ts';\nexport interface Left { right: Right }\n`,
      'src/prices/right.ts': `import { type Left } from './left.ts';\nexport interface Right { left: Left }\n`,
    },
  ],
  [
    'pure rooms take clock, randomness and settings as arguments',
    'the clock is read',
    {
      'src/prices/now.ts': 'export const now = () => Date.now();\n',
    },
  ],
  [
    'pure rooms take clock, randomness and settings as arguments',
    'a date of now',
    {
      'src/prices/now.ts': 'export const now = () => new Date();\n',
    },
  ],
  [
    'pure rooms take clock, randomness and settings as arguments',
    'chance',
    {
      'src/prices/chance.ts': 'export const chance = () => Math.random();\n',
    },
  ],
  [
    'pure rooms take clock, randomness and settings as arguments',
    'random bytes',
    {
      'src/prices/chance.ts': `import { randomBytes } from 'node:crypto';\nexport const chance = () => randomBytes(8);\n`,
    },
  ],
  [
    'pure rooms take clock, randomness and settings as arguments',
    'the disk',
    {
      'src/prices/disk.ts': `import { readFileSync } from 'node:fs';\nexport const read = readFileSync;\n`,
    },
  ],
  [
    'pure rooms take clock, randomness and settings as arguments',
    'a timer',
    {
      'src/prices/later.ts': 'export const later = (work: () => void) => setTimeout(work, 1);\n',
    },
  ],
  [
    'the gateway knows no ledger and no database',
    'a database in its own file',
    {
      'src/gateway/store.ts': `import { DatabaseSync } from 'node:sqlite';\nexport const open = () => new DatabaseSync('x');\n`,
    },
  ],
  [
    'the gateway knows no ledger and no database',
    'a database behind another room',
    {
      'src/gateway/store.ts': `import { open } from '../budgets/budgets.ts';\nexport const store = open;\n`,
      'src/budgets/budgets.ts': `import { open as start } from './slices.ts';\nexport const open = start;\nexport const most = 1;\n`,
      'src/budgets/slices.ts': `import { createClient } from '@clickhouse/client';\nexport const open = createClient;\n`,
    },
  ],
  [
    'settings are read in main.ts only',
    'a setting read on the way',
    {
      'src/operate/operate.ts': 'export const home = () => process.env.HOME;\n',
    },
  ],
  [
    'only the command line writes to the terminal',
    'a line to the console',
    {
      'src/operate/operate.ts': `export const cry = () => console.error('fire');\n`,
    },
  ],
  [
    'only the command line writes to the terminal',
    'bytes to stdout',
    {
      'src/operate/operate.ts': `export const cry = () => process.stdout.write('fire');\n`,
    },
  ],
  [
    'SQL is written in ledger/stores and registry only',
    'a question in a string',
    {
      'src/inform/inform.ts': `export const ask = 'SELECT cost FROM lines';\n`,
    },
  ],
  [
    'SQL is written in ledger/stores and registry only',
    'a question in a template',
    {
      'src/inform/inform.ts': 'export const ask = (table: string) => `INSERT INTO ${table} VALUES (1)`;\n',
    },
  ],
  [
    'a lever carries the verdict that promoted it',
    'a lever without a verdict',
    {
      'src/levers/levers.ts': 'export interface LeverSetting { readonly strength: number }\n',
    },
  ],
  [
    'a lever carries the verdict that promoted it',
    'a lever that may do without',
    {
      'src/levers/levers.ts': `interface Verdict { id: string }\nexport interface LeverSetting { verdict?: Verdict }\n`,
    },
  ],
  [
    'functions are at most 70 lines',
    'a function of 71 lines',
    {
      'src/inform/inform.ts': `declare const work: (at: number) => void;\nexport function long() {\n${lines(69)}\n}\n`,
    },
  ],
  [
    'files are at most 400 lines',
    'a file of 401 lines',
    { 'src/inform/inform.ts': `${'// why\n'.repeat(400)}export const x = 1;\n` },
  ],
  [
    'folders and files are named for the domain',
    'a file of utilities',
    { 'src/inform/utils.ts': 'export const x = 1;\n' },
  ],
  [
    'folders and files are named for the domain',
    'a shared folder',
    { 'test/shared/x.ts': 'export const x = 1;\n' },
  ],
];

const house: House = { ...HOUSE, exceptions: [], mostExceptions: 0 };
const roots: string[] = [];

afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

function check(tree: Tree, given: House = house) {
  const root = mkdtempSync(join(tmpdir(), 'setpoint-house-'));
  roots.push(root);
  for (const [path, text] of Object.entries({ ...CLEAN, ...tree })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return checkHouse(root, given);
}

describe('the guard of the house', () => {
  test('lets a clean house pass', () => {
    const { faults, exceptionFaults } = check({});
    expect(faults.map(describeFault)).toEqual([]);
    expect(exceptionFaults).toEqual([]);
  });

  test.each(PLANTS)('%s: finds %s', (rule, _planted, tree) => {
    const found = new Set(check(tree).faults.map((fault) => fault.rule));
    expect([...found]).toEqual([rule]);
  });

  test('has a plant for every rule', () => {
    expect(RULE_NAMES.filter((rule) => !PLANTS.some(([planted]) => planted === rule))).toEqual([]);
  });

  test('lets a function of 70 lines and a file of 400 pass', () => {
    const { faults } = check({
      'src/inform/inform.ts': `declare const work: (at: number) => void;\nexport function long() {\n${lines(68)}\n}\n`,
      'src/operate/operate.ts': `${'// why\n'.repeat(399)}export const x = 1;\n`,
    });
    expect(faults.map(describeFault)).toEqual([]);
  });

  test('does not take words in strings and comments for code', () => {
    const { faults } = check({
      'src/prices/words.ts': `// Date.now() and import('../cli/cli.ts')\nexport const words = 'console.log(process.env)';\n`,
    });
    expect(faults.map(describeFault)).toEqual([]);
  });
});

describe('exceptions', () => {
  const excused = {
    rule: 'settings are read in main.ts only',
    path: 'src/operate/operate.ts',
    reason: 'planted',
  };
  const planted: Tree = { 'src/operate/operate.ts': 'export const home = () => process.env.HOME;\n' };

  test('cover their own fault and no other', () => {
    const given = { ...house, exceptions: [excused], mostExceptions: 1 };
    expect(check(planted, given)).toEqual({ faults: [], exceptionFaults: [] });
    const elsewhere = check(
      { ...planted, 'src/operate/other.ts': planted['src/operate/operate.ts'] ?? '' },
      given,
    );
    expect(elsewhere.faults.map((fault) => fault.path)).toEqual(['src/operate/other.ts']);
  });

  test('are faults when spent, when without a reason, and when there are more than there were', () => {
    expect(check({}, { ...house, exceptions: [excused], mostExceptions: 1 }).exceptionFaults).toHaveLength(1);
    const mute = { ...house, exceptions: [{ ...excused, reason: ' ' }], mostExceptions: 1 };
    expect(check(planted, mute).exceptionFaults).toHaveLength(1);
    expect(
      check(planted, { ...house, exceptions: [excused], mostExceptions: 0 }).exceptionFaults,
    ).toHaveLength(1);
  });
});
