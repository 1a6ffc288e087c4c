/** The web app: a skin over the API's contract. It computes nothing that the server has not said. */
import '@fontsource-variable/geist';
import '@fontsource-variable/geist-mono';
import { QueryClient, QueryClientProvider, keepPreviousData } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { createRoot } from 'react-dom/client';

import { applyDensity } from './parts/kept.ts';
import { isStopped } from './parts/stopped.ts';
import { applyKeptTheme } from './parts/theme.ts';
import { router } from './router.tsx';
import './tailwind.css';
import './tokens.css';
import './look.css';
import './figures.css';
import './additions.css';
import './deciding.css';
import './ledger.css';
import './marks.css';
import './shell.css';
import './views.css';

applyKeptTheme();
applyDensity();

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      placeholderData: keepPreviousData,
      staleTime: 2_000,
      retry: 1,
      refetchOnWindowFocus: true,
      enabled: (query) => !isStopped(query),
    },
  },
});

const place = document.getElementById('app');
if (place === null) throw new Error('the page has no place for the app');
createRoot(place).render(
  <QueryClientProvider client={queries}>
    <RouterProvider router={router} />
  </QueryClientProvider>,
);
