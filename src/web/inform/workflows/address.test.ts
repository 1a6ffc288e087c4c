import { expect, it } from 'vitest';

import { onlyWorkflow, pathOf } from './address.ts';

it('asks about one workflow, whatever workflows the filters name', () => {
  expect(onlyWorkflow(['team=CX', 'workflow=a', 'workflow!=b', 'tag:workflow=c'], 'd')).toEqual([
    'team=CX',
    'tag:workflow=c',
    'workflow=d',
  ]);
});

it('leads to the page of a workflow, and what names none to those who can name it', () => {
  expect(pathOf('a/b 50%?')).toBe('workflows/a%2Fb%2050%25%3F');
  expect(pathOf('')).toBe('attribution');
});
