import { expect, test } from 'vitest';

import { NO_FAULTS, addFaultsInText, splitModelName } from './faults.ts';

test.each([
  ['sim-small', 'sim-small', {}],
  ['sim-small@error-429', 'sim-small', { errorStatus: 429 }],
  ['sim-small@cut-after-5@no-usage', 'sim-small', { cutAfterEvents: 5, withoutUsage: true }],
  ['claude-3-5-sonnet@20240620', 'claude-3-5-sonnet@20240620', {}],
  ['claude-3-5-sonnet@20240620@hang', 'claude-3-5-sonnet@20240620', { hang: true }],
  ['x@fail-first-2@slow', 'x', { failuresFirst: 2, slow: true }],
  ['x@error-in-stream', 'x', { errorInStream: true }],
  ['x@error-401', 'x@error-401', {}],
  ['x@error-200', 'x@error-200', {}],
])('%s', (name, model, faults) => {
  expect(splitModelName(name)).toEqual({ model, faults: { ...NO_FAULTS, ...faults } });
});

test('the prompt adds to what the model name asks', () => {
  const faults = addFaultsInText(
    { ...NO_FAULTS, slow: true },
    'Hi [[simulate: no-usage, cut-after-3]] and [[simulate:nonsense]]',
  );
  expect(faults).toEqual({ ...NO_FAULTS, slow: true, withoutUsage: true, cutAfterEvents: 3 });
});
