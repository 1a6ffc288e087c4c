/** The pages of the demo company that are looked at, each with what stands there once it has its answer. */

/** The end of its fifteen months. */
export const DEMO_NOW = '2026-11-25T16:00:00Z';
const OCTOBER = 'during=2026-10';

export interface DemoPage {
  readonly name: string;
  readonly path: string;
  /** A selector. */
  readonly ready: string;
}

export const DEMO_PAGES: readonly DemoPage[] = [
  { name: 'overview', path: `/?${OCTOBER}`, ready: '.plot-box' },
  { name: 'spend', path: `/spend?${OCTOBER}`, ready: '.plot-box' },
  { name: 'workflows', path: `/workflows?${OCTOBER}`, ready: '.dollar-rows' },
  {
    name: 'workflow',
    path: `/workflows/Sales%20research%20agent?${OCTOBER}`,
    ready: '[aria-label="Parts of one dollar"]',
  },
  { name: 'ledger', path: `/ledger?${OCTOBER}`, ready: '.sentence' },
  { name: 'changes', path: `/changes?${OCTOBER}`, ready: '.sentence' },
  { name: 'anomalies', path: '/anomalies?during=30d', ready: '.finding' },
  { name: 'attribution', path: `/attribution?${OCTOBER}`, ready: '.sentence' },
  { name: 'invoices', path: '/invoices', ready: 'h1' },
  { name: 'prices', path: '/prices', ready: 'table' },
  { name: 'forecast', path: '/forecast', ready: '.plot-box' },
  {
    name: 'forecast-workflow',
    path: '/forecast?workflow=Support+copilot&months=2',
    ready: '.plot-box',
  },
  { name: 'plans', path: '/forecast/plans', ready: 'table' },
  { name: 'budgets', path: '/budgets', ready: 'table' },
  { name: 'start', path: '/start', ready: '.sentence' },
  { name: 'gateway', path: '/gateway', ready: 'table' },
  { name: 'settings', path: '/settings', ready: '.sentence' },
];
