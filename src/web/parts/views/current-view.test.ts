import { describe, expect, it } from 'vitest';

import type { View } from '../../../api/contract/views.ts';
import { currentOf } from './current-view.ts';

function viewOf(id: string, path: string, state: string): View {
  const at = '2026-03-01T00:00:00.000Z';
  const people = { owner: 'ada', madeAt: at, changedBy: 'ada', changedAt: at };
  return { id, version: 1, name: id, path, state, note: '', link: `/${path}?${state}`, ...people };
}

const MONTH = viewOf('month', 'spend', 'during=this-month&by=team');
const TWIN = viewOf('twin', 'spend', 'by=team&during=this-month');
const LEDGER = viewOf('ledger', 'ledger', 'by=team');
const VIEWS = [MONTH, TWIN, LEDGER];

describe('the view that is shown', () => {
  it.each([
    ['the one with this state, in whichever order', 'spend', 'by=team&during=this-month', '', MONTH, false],
    [
      'of two that are the same, the one that was opened',
      'spend',
      'during=this-month&by=team',
      'twin',
      TWIN,
      false,
    ],
    ['the opened one, changed', 'spend', 'during=this-month&by=customer', 'twin', TWIN, true],
    ['another one, where a change makes it', 'ledger', 'by=team', 'month', LEDGER, false],
  ] as const)('is %s', (_what, path, state, opened, view, changed) => {
    expect(currentOf(VIEWS, { path, state }, opened)).toEqual({ view, changed });
  });

  it.each([
    ['a state that nobody saved', 'spend', 'by=key', ''],
    ['another page than that of the opened one', 'changes', 'by=team', 'month'],
    ['one that was deleted since', 'spend', 'by=key', 'gone'],
  ])('is none on %s', (_what, path, state, opened) => {
    expect(currentOf(VIEWS, { path, state }, opened)).toBeUndefined();
  });
});
