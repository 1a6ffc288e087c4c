/** The web app: a skin over the API's contract. It computes nothing that the server has not said. */
import '@fontsource-variable/geist';
import '@fontsource-variable/geist-mono';
import { QueryClient, QueryClientProvider, keepPreviousData } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';

import { lazy, Suspense } from 'react';

import { LedgerPage } from './inform/ledger-page.tsx';
import { usePath } from './parts/path.ts';
import { applyKeptTheme } from './parts/theme.ts';
import './tokens.css';
import './look.css';
import './figures.css';
import './additions.css';
import './deciding.css';

applyKeptTheme();

const queries = new QueryClient({
  defaultOptions: {
    queries: { placeholderData: keepPreviousData, staleTime: 2_000, retry: 1, refetchOnWindowFocus: true },
  },
});

/** Each page beside the first is loaded when it is first asked for. */
const PAGES = {
  changes: lazy(async () => ({ default: (await import('./inform/changes-page.tsx')).ChangesPage })),
  anomalies: lazy(async () => ({ default: (await import('./inform/anomalies-page.tsx')).AnomaliesPage })),
  attribution: lazy(async () => ({
    default: (await import('./inform/attribution/attribution-page.tsx')).AttributionPage,
  })),
  budgets: lazy(async () => ({ default: (await import('./inform/budgets/budgets-page.tsx')).BudgetsPage })),
  invoices: lazy(async () => ({
    default: (await import('./inform/invoices/invoices-page.tsx')).InvoicesPage,
  })),
  prices: lazy(async () => ({ default: (await import('./inform/prices/prices-page.tsx')).PricesPage })),
} as const;

function App() {
  const path = usePath();
  const Page = path in PAGES ? PAGES[path as keyof typeof PAGES] : LedgerPage;
  return (
    <Suspense fallback={null}>
      <Page />
    </Suspense>
  );
}

const place = document.getElementById('app');
if (place === null) throw new Error('the page has no place for the app');
createRoot(place).render(
  <QueryClientProvider client={queries}>
    <App />
  </QueryClientProvider>,
);
