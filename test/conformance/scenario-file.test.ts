/** Files of scenarios: what the browser writes, any YAML reader reads; what people write by hand, the browser reads. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

import { readYaml } from '../../src/web/operate/forecast/plain-yaml.ts';
import { readScenarios, toDraft, toYaml } from '../../src/web/operate/forecast/scenario-file.ts';

it('reads the scenarios of the documentation, as the command line does', () => {
  const text = readFileSync(
    resolve(import.meta.dirname, '../../docs/scenarios/support-copilot.yaml'),
    'utf8',
  );
  const { scenarios, leftOut } = readScenarios(text);
  expect(scenarios.map(({ name, changes }) => [name, changes.length])).toEqual([
    ['Flat usage, no action', 0],
    ['Adoption +40%', 1],
    ['Adoption +40%, context unmanaged', 2],
    ['Adoption +40%, levers applied', 3],
  ]);
  expect(scenarios[3]).toEqual({
    name: 'Adoption +40%, levers applied',
    note: '',
    workflow: 'Support copilot',
    changes: [
      { driver: 'actions', times: 1.4, basis: 'assumed' },
      { driver: 'tokens', to: 3900, lever: 'compression', basis: 'assumed' },
      { driver: 'rate', to: 0.0042, lever: 'routing', basis: 'assumed' },
    ],
  });
  expect(scenarios[1]?.changes[0]?.note).toBe('a second region goes live');
  expect(leftOut).toEqual(['base', 'budget']);
});

it('writes what a whole YAML parser reads as the body of the API', () => {
  const change = fc.record({
    driver: fc.constant('calls' as const),
    times: fc.double({ min: 0, max: 10, noNaN: true }),
    note: fc.string(),
    basis: fc.constant('assumed' as const),
  });
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.array(change), (name, changes) => {
      const file = { name, note: '', workflow: 'Support copilot', changes };
      expect(JSON.stringify(parse(toYaml(file)))).toBe(JSON.stringify(toDraft(file)));
    }),
  );
});

it.each([
  'a: 1\nb:\n  - c: "x # y" # z\n    d: [1, two, "3, 4"]\n  - e\nf: \'it\'\'s\'',
  'a:\n- b: { c: 1, d: "e: f" }\n  g: h#i\n- j: -2.5\nk: ""',
  '# only a remark\n---\na: b',
])('reads %j as a whole parser does', (text) => {
  expect(readYaml(text)).toEqual(parse(text));
});
