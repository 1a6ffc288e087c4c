import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { ReactNode } from 'react';

import { demoCompany } from './demo.ts';
import { Exports } from './exports.tsx';
import type { ExportLink } from './exports.tsx';
import { Icon } from './icon.tsx';
import { openMenu, useMenu } from './menu.ts';
import { shareLink } from './share.ts';
import { turnTheme } from './theme.ts';
import { ViewsMenu } from './views/views-menu.tsx';
import { isLoading, useWorkspace } from './workspace.ts';

const NO_LINKS: readonly ExportLink[] = [];

/** Top line and content of one page; the frame around it stays when pages change. */
export function Shell({
  title,
  chips,
  acts,
  links = NO_LINKS,
  children,
}: {
  readonly title: string;
  readonly chips?: ReactNode;
  /** What can be done on the whole page. */
  readonly acts?: ReactNode;
  /** What it shows, as files. */
  readonly links?: readonly ExportLink[];
  readonly children: ReactNode;
}) {
  const open = useMenu();
  return (
    <main className="main">
      <div className="top">
        <button
          type="button"
          className="btn plain square menu"
          aria-label="Pages"
          aria-expanded={open}
          aria-controls="main-nav"
          onClick={() => openMenu(!open)}
        >
          <Icon name="menu" />
        </button>
        <h1 id="content" tabIndex={-1}>
          {title}
        </h1>
        {chips}
        <span className="push" />
        <DemoBadge />
        {acts}
        <ViewsMenu />
        <Exports links={links} />
        <ShareButton />
        <ThemeButton />
      </div>
      <StillLoading />
      {children}
    </main>
  );
}

/** Always visible where the figures are those of the demo company: nobody should take them for money spent. */
function DemoBadge() {
  const data = useWorkspace();
  const company = data?.kind === 'demo' ? data.company : '';
  useEffect(() => demoCompany.set(company ?? ''), [company]);
  if (data?.kind !== 'demo') return null;
  return <span className="chip line">Demo data: {data.company} is fictional</span>;
}

/** While a demo is being filled, every sum is a part; when it is full, all are asked for again. */
function StillLoading() {
  const loading = isLoading(useWorkspace());
  const queries = useQueryClient();
  useEffect(() => (loading ? () => void queries.invalidateQueries() : undefined), [loading, queries]);
  if (!loading) return null;
  return (
    <p className="notice" role="status">
      <Icon name="alert" />
      <span>
        The demo company is still being loaded, so every sum here is only a part of its fifteen months.
      </span>
    </p>
  );
}

function ShareButton() {
  return (
    <button
      type="button"
      className="btn plain square"
      aria-label="Copy a link to this"
      title="Copy a link to this, with its dates written out"
      onClick={() => void shareLink()}
    >
      <Icon name="link" />
    </button>
  );
}

function ThemeButton() {
  return (
    <button type="button" className="btn plain square" aria-label="Light or dark" onClick={turnTheme}>
      <Icon name="theme" />
    </button>
  );
}
