import { expect, test } from 'vitest';

import { checkSettings, readSettings } from './settings.ts';

const read = (yamlText: string, environment: Record<string, string> = {}) =>
  readSettings({ yamlText, environment, flags: {} }).ledger;

test('without settings the ledger is embedded', () => {
  expect(read('')).toBeUndefined();
  expect(read('ledger: { database: mine }')).toBeUndefined();
});

test('a server is an address, and a password is a place', () => {
  expect(
    read('ledger: { url: "https://ch:8443", user: app, password: { env: CH } , cluster: main }'),
  ).toEqual({
    url: 'https://ch:8443',
    database: 'setpoint',
    user: 'app',
    password: { kind: 'env', name: 'CH' },
    cluster: 'main',
  });
  expect(read('', { SETPOINT_LEDGER_URL: 'http://ch:8123' })?.url).toBe('http://ch:8123');
});

test('a demo keeps to its own directory', () => {
  expect(read('{ ledger: { url: "http://ch:8123" }, demo: {} }')).toBeUndefined();
});

test.each([
  ['ledger: { url: "http://app:secret@ch:8123" }', /without user and password/],
  ['ledger: { url: "clickhouse://ch:9000" }', /HTTP address/],
  ['ledger: { url: "http://ch", password: secret }', /{env: NAME}/],
  ['ledger: { url: "http://ch", database: "a b" }', /no name of a database/],
  ['ledger: { url: "http://ch", cluster: "a\'b" }', /no name of a cluster/],
])('refuses %s', (yamlText, words) => {
  const check = checkSettings({ yamlText, environment: {}, flags: {} });
  expect(check.kind === 'problems' && check.problems.map(({ message }) => message).join()).toMatch(words);
});
