import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { commitmentOf, EMPTY_COMMITMENT, problemOfCommitment } from './commitment-form.ts';
import { readScenarios, toDraft, toYaml } from './scenario-file.ts';
import { isOf, scopeName, scopeOf, scopeSearch } from './scope.ts';
import { driverText, errorText, hundreds, percentText, rateText, signedHundreds } from './words.ts';

const readScenario = (text: string) => readScenarios(text).scenarios[0];

const FILE = {
  name: 'Levers: "all" of them #1',
  note: 'asked by Finance',
  workflow: 'Support copilot',
  changes: [
    { driver: 'calls', times: 1.4, from: '2026-12-01', until: '2027-01-31', basis: 'assumed' },
    { driver: 'cachedShare', to: 0.4, lever: 'caching', basis: 'assumed', note: "it's a guess" },
  ],
} as const;

describe('a scenario as a file', () => {
  it('reads what it writes, as YAML and as JSON', () => {
    expect(readScenario(toYaml(FILE))).toEqual(FILE);
    expect(readScenario(JSON.stringify(toDraft(FILE)))).toEqual(FILE);
  });
  it('whatever names and notes hold', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), (name, note) => {
        fc.pre(name.trim() !== '');
        const file = {
          name,
          note,
          changes: [{ driver: 'rate', times: 0.9, note, basis: 'assumed' }],
        } as const;
        expect(readScenario(toYaml(file))).toEqual(file);
      }),
    );
  });
  it('reads what people write by hand', () => {
    const text = [
      '# the board asked',
      'name: Adoption',
      'changes:',
      '  - driver: actions # users',
      '    times: 1.4',
      "    note: 'it''s agreed'",
      '',
      '  - driver: rate',
      '    to: 0.0042',
    ].join('\n');
    expect(readScenario(text)).toEqual({
      name: 'Adoption',
      note: '',
      changes: [
        { driver: 'actions', times: 1.4, note: "it's agreed", basis: 'assumed' },
        { driver: 'rate', to: 0.0042, basis: 'assumed' },
      ],
    });
  });
  it.each([
    ['changes: []', 'names no scenario'],
    ['name: A\nchanges:\n  - driver: hope', 'no list of changes'],
    ['name: A\n- - -', 'Line 2'],
    ['{ "name": ', 'no JSON'],
    ['', 'names no scenario'],
    ['name: A\nchanges:\n  - { driver }', 'Line 3'],
    ['name: "A', 'Line 1'],
    ['name: A\n    note: B', 'Line 2'],
    ['name: |\n  A', 'Line 1'],
  ])('%j is refused in words', (text, words) => {
    expect(() => readScenario(text)).toThrow(words);
  });
});

describe('whose forecast', () => {
  it('is in the address; the unattributed is a workflow without a name', () => {
    expect(scopeOf({ workflow: '*', team: '*' })).toEqual({});
    expect(scopeOf({ workflow: '', team: '*' })).toEqual({ workflow: '' });
    expect(scopeOf({ workflow: '*', team: 'CX' })).toEqual({ team: 'CX' });
    expect(scopeName({ workflow: '' })).toBe('Unattributed');
  });
  it('another one keeps horizon, interval and zone, and drops what was tried on this one', () => {
    const search = '?workflow=A&months=6&level=0.95&zone=UTC&with=one&pick=one&draft=%5B%5D';
    expect(scopeSearch({ workflow: '' }, search)).toBe('?zone=UTC&months=6&level=0.95&workflow=');
    expect(scopeSearch({}, '')).toBe('');
  });
  it('a scenario is offered where its scope is shown', () => {
    expect(isOf({}, { kind: 'organisation', name: '' })).toBe(true);
    expect(isOf({ workflow: 'A' }, { kind: 'workflow', name: 'A' })).toBe(true);
    expect(isOf({ workflow: 'A' }, { kind: 'team', name: 'A' })).toBe(false);
    expect(isOf({ team: 'A' }, { kind: 'organisation', name: '' })).toBe(false);
  });
});

describe('figures', () => {
  it.each([
    [28_431.2, '$28,400'],
    [49, '<$100'],
    [0, '$0'],
    [-13_370, '−$13,400'],
  ])('%d to the nearest $100 is %s', (amount, text) => {
    expect(hundreds(amount)).toBe(text);
  });
  it('changes have a sign, a direction, and none below their rounding', () => {
    expect(signedHundreds(16_720)).toBe('+16,700');
    expect(percentText(100, 140)).toBe('▲ +40%');
    expect(percentText(100, 68)).toBe('▼ −32%');
    expect(percentText(100, 100.2)).toBe('0%');
    expect(percentText(0, 5)).toBe('n/a');
    expect(errorText(-0.068)).toBe('−6.8%');
    expect(errorText(0.0001)).toBe('0.0%');
    expect(errorText(null)).toBe('–');
  });
  it('a driver has the precision of its kind, and unknown is not zero', () => {
    expect(driverText('calls', 1_240_000.4)).toBe('1,240,000');
    expect(driverText('fanOut', 4)).toBe('4.00');
    expect(driverText('cachedShare', 0.2)).toBe('20.0%');
    expect(driverText('rate', 0.00476)).toBe('0.0048');
    expect(driverText('actions', null)).toBe('unknown');
    expect(rateText(0)).toBe('0');
    expect(rateText(1.5)).toBe('1.50');
  });
});

describe('a commitment', () => {
  const FORM = { ...EMPTY_COMMITMENT, model: 'gpt-4o', tokens: '2,000,000', price: '$12.50' };
  it('says what is missing', () => {
    expect(problemOfCommitment(EMPTY_COMMITMENT)).toContain('which model');
    expect(problemOfCommitment({ ...FORM, tokens: '0' })).toContain('tokens an hour');
    expect(problemOfCommitment({ ...FORM, price: '' })).toContain('costs an hour');
    expect(problemOfCommitment({ ...FORM, minimum: '1.5' })).toContain('whole numbers');
    expect(problemOfCommitment(FORM)).toBe('');
  });
  it('money goes as it was typed, never through a float', () => {
    expect(commitmentOf({ ...FORM, minimum: '2' })).toEqual({
      model: 'gpt-4o',
      unitTokensPerHour: 2_000_000,
      unitPricePerHour: '12.50',
      minimumUnits: 2,
    });
  });
});
