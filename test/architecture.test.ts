import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

import { checkHouse, describeFault, RULE_NAMES } from './architecture/checker.ts';
import { HOUSE } from './architecture/house.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

describe('the house', () => {
  const { faults, exceptionFaults } = checkHouse(root, HOUSE);

  test.each(RULE_NAMES)('%s', (rule) => {
    expect(faults.filter((fault) => fault.rule === rule).map(describeFault)).toEqual([]);
  });

  test('exceptions are reasoned, needed, and only ever fewer', () => {
    expect(exceptionFaults).toEqual([]);
  });
});
