/** Every page there is: its path, how it is called, and where its code is. Each is loaded when it is first opened. */
import type { ComponentType } from 'react';

import type { IconName } from './parts/icon.tsx';

export interface Page {
  /** Without the leading slash; `$name` stands for any one word. */
  readonly path: string;
  readonly label: string;
  readonly icon: IconName;
  readonly group: '' | 'Inform' | 'Operate';
  /** Pages that are reached from others only are not in the side navigation. */
  readonly listed: boolean;
  /** The second key of `g` then …, where it has one. */
  readonly key?: string;
  readonly load: () => Promise<{ default: ComponentType }>;
}

export const PAGES: readonly Page[] = [
  {
    path: '',
    label: 'Overview',
    icon: 'tiles',
    group: '',
    listed: true,
    key: 'o',
    load: async () => ({ default: (await import('./inform/overview/overview-page.tsx')).OverviewPage }),
  },
  {
    path: 'start',
    label: 'Get started',
    icon: 'play',
    group: '',
    listed: true,
    load: async () => ({ default: (await import('./operate/start/start-page.tsx')).StartPage }),
  },
  {
    path: 'spend',
    label: 'Spend',
    icon: 'bars',
    group: 'Inform',
    listed: true,
    key: 's',
    load: async () => ({ default: (await import('./inform/spend/spend-page.tsx')).SpendPage }),
  },
  {
    path: 'workflows',
    label: 'Workflows',
    icon: 'flow',
    group: 'Inform',
    listed: true,
    key: 'w',
    load: async () => ({ default: (await import('./inform/workflows/workflows-page.tsx')).WorkflowsPage }),
  },
  {
    path: 'workflows/$name',
    label: 'Workflow',
    icon: 'flow',
    group: 'Inform',
    listed: false,
    load: async () => ({ default: (await import('./inform/workflows/workflow-page.tsx')).WorkflowPage }),
  },
  {
    path: 'ledger',
    label: 'Ledger',
    icon: 'ledger',
    group: 'Inform',
    listed: true,
    key: 'l',
    load: async () => ({ default: (await import('./inform/ledger/ledger-page.tsx')).LedgerPage }),
  },
  {
    path: 'changes',
    label: 'What changed',
    icon: 'steps',
    group: 'Inform',
    listed: true,
    key: 'c',
    load: async () => ({ default: (await import('./inform/changes-page.tsx')).ChangesPage }),
  },
  {
    path: 'anomalies',
    label: 'Anomalies',
    icon: 'alert',
    group: 'Inform',
    listed: true,
    key: 'a',
    load: async () => ({ default: (await import('./inform/anomalies-page.tsx')).AnomaliesPage }),
  },
  {
    path: 'attribution',
    label: 'Attribution',
    icon: 'tag',
    group: 'Inform',
    listed: true,
    key: 't',
    load: async () => ({
      default: (await import('./inform/attribution/attribution-page.tsx')).AttributionPage,
    }),
  },
  {
    path: 'invoices',
    label: 'Invoices',
    icon: 'bill',
    group: 'Inform',
    listed: true,
    key: 'i',
    load: async () => ({ default: (await import('./inform/invoices/invoices-page.tsx')).InvoicesPage }),
  },
  {
    path: 'prices',
    label: 'Prices',
    icon: 'book',
    group: 'Inform',
    listed: true,
    key: 'p',
    load: async () => ({ default: (await import('./inform/prices/prices-page.tsx')).PricesPage }),
  },
  {
    path: 'forecast',
    label: 'Forecast',
    icon: 'curve',
    group: 'Operate',
    listed: true,
    key: 'f',
    load: async () => ({ default: (await import('./operate/forecast/forecast-page.tsx')).ForecastPage }),
  },
  {
    path: 'forecast/plans',
    label: 'Plans',
    icon: 'curve',
    group: 'Operate',
    listed: false,
    load: async () => ({ default: (await import('./operate/forecast/plans-page.tsx')).PlansPage }),
  },
  {
    path: 'budgets',
    label: 'Budgets',
    icon: 'gauge',
    group: 'Operate',
    listed: true,
    key: 'b',
    load: async () => ({ default: (await import('./inform/budgets/budgets-page.tsx')).BudgetsPage }),
  },
  {
    path: 'gateway',
    label: 'Gateway',
    icon: 'gate',
    group: 'Operate',
    listed: true,
    key: 'g',
    load: async () => ({ default: (await import('./operate/gateway/gateway-page.tsx')).GatewayPage }),
  },
  {
    path: 'settings',
    label: 'Settings',
    icon: 'sliders',
    group: 'Operate',
    listed: true,
    key: ',',
    load: async () => ({ default: (await import('./operate/settings/settings-page.tsx')).SettingsPage }),
  },
  {
    path: 'parts',
    label: 'Parts',
    icon: 'tiles',
    group: '',
    listed: false,
    load: async () => ({ default: (await import('./parts/gallery/gallery-page.tsx')).GalleryPage }),
  },
];
