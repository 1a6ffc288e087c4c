import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReactNode } from 'react';

import { createClient } from '../../api/client.ts';
import { Icon } from './icon.tsx';
import { onLink, usePath } from './path.ts';
import { turnTheme } from './theme.ts';

/** The pages that there are, in the order in which the work goes. */
const PAGES = [
  { path: '', label: 'Ledger', icon: 'ledger' },
  { path: 'changes', label: 'What changed', icon: 'steps' },
  { path: 'anomalies', label: 'Anomalies', icon: 'alert' },
  { path: 'attribution', label: 'Attribution', icon: 'tag' },
  { path: 'budgets', label: 'Budgets', icon: 'gauge' },
  { path: 'prices', label: 'Prices', icon: 'book' },
  { path: 'invoices', label: 'Invoices', icon: 'bill' },
] as const;

/** The API of the page's own origin. */
const api = createClient({ url: '' });

/** Side navigation, top line, and the page. Pages that do not exist yet are not listed. */
export function Shell({
  title,
  chips,
  acts,
  children,
}: {
  readonly title: string;
  readonly chips?: ReactNode;
  /** What can be done on the whole page. */
  readonly acts?: ReactNode;
  readonly children: ReactNode;
}) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <a className="skip" href="#content">
        Skip to content
      </a>
      <div className="shell">
        <Nav open={open} />
        <main className="main" id="content">
          <div className="top">
            <button
              type="button"
              className="btn plain square menu"
              aria-label="Pages"
              aria-expanded={open}
              aria-controls="main-nav"
              onClick={() => setOpen(!open)}
            >
              <Icon name="menu" />
            </button>
            <h1>{title}</h1>
            {chips}
            <span className="push" />
            <DemoBadge />
            {acts}
            <ThemeButton />
          </div>
          {children}
        </main>
      </div>
    </>
  );
}

function Nav({ open }: { readonly open: boolean }) {
  const here = usePath();
  return (
    <nav className={open ? 'nav open' : 'nav'} id="main-nav" aria-label="Main">
      <a className="brand" href="/" onClick={onLink('')}>
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <path
            d="M4.7 15.3a7.5 7.5 0 1 1 10.6 0"
            fill="none"
            stroke="var(--text-1)"
            strokeWidth="2"
            strokeLinecap="round"
          />
          <path d="M10 10L13.6 6.4" stroke="var(--accent)" strokeWidth="2.5" strokeLinecap="round" />
        </svg>
        Setpoint
      </a>
      <p className="nav-group">Inform</p>
      {PAGES.map(({ path, label, icon }) => (
        <a
          key={path}
          href={`/${path}`}
          onClick={onLink(path)}
          aria-current={path === here ? 'page' : undefined}
        >
          <Icon name={icon} />
          {label}
        </a>
      ))}
    </nav>
  );
}

/** Always visible where the figures are those of the demo company: nobody should take them for money spent. */
function DemoBadge() {
  const { data } = useQuery({
    queryKey: ['workspace'],
    queryFn: () => api.workspace(),
    staleTime: 60_000,
  });
  if (data?.kind !== 'demo') return null;
  return <span className="chip line">Demo data: {data.company} is fictional</span>;
}

function ThemeButton() {
  return (
    <button type="button" className="btn plain square" aria-label="Light or dark" onClick={turnTheme}>
      <Icon name="theme" />
    </button>
  );
}
