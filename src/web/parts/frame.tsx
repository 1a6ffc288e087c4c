/** Around every page: the side navigation, what can be reached by keyboard, and the place where the page goes. */
import { useQuery } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { Suspense, lazy, useEffect, useRef } from 'react';

import { PAGES } from '../pages.ts';
import { Icon } from './icon.tsx';
import { Keys } from './keys.tsx';
import { openMenu, useMenu } from './menu.ts';
import { PageNames } from './page-names.ts';
import { openOverlay, useOverlay } from './overlay.ts';
import { onLink, usePath } from './path.ts';
import { Saying } from './saying.tsx';
import { listenForShortcuts } from './shortcuts.ts';
import { asking } from './server.ts';
import { UndoBar } from './undo-bar.tsx';

const Palette = lazy(async () => ({ default: (await import('./palette/palette.tsx')).Palette }));
const SaveView = lazy(async () => ({ default: (await import('./views/view-dialogs.tsx')).SaveView }));
const RenameView = lazy(async () => ({ default: (await import('./views/view-dialogs.tsx')).RenameView }));
const Help = lazy(async () => ({ default: (await import('./help.tsx')).Help }));

const GROUPS = ['', 'Inform', 'Operate'] as const;

function nameOf(path: string): string {
  return PAGES.find((page) => page.path === path)?.label ?? path;
}

export function Frame() {
  useEffect(listenForShortcuts, []);
  return (
    <PageNames value={nameOf}>
      <a className="skip" href="#content">
        Skip to content
      </a>
      <div className="shell">
        <Nav />
        <Outlet />
      </div>
      <Overlays />
      <Saying />
      <UndoBar />
    </PageNames>
  );
}

/** What lies over the page; its code comes when it is first wanted. */
function Overlays() {
  const open = useOverlay();
  return (
    <Suspense fallback={null}>
      {open === 'palette' && <Palette />}
      {open === 'help' && <Help />}
      {open === 'save-view' && <SaveView />}
      {open === 'rename-view' && <RenameView />}
    </Suspense>
  );
}

function Nav() {
  const here = usePath();
  const open = useMenu();
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!open) return;
    const nav = place.current;
    (
      nav?.querySelector<HTMLElement>('a[aria-current]') ?? nav?.querySelector<HTMLElement>('.search')
    )?.focus();
  }, [open]);
  const close = (): void => {
    openMenu(false);
    document.querySelector<HTMLElement>('.btn.menu')?.focus();
  };
  return (
    <nav
      ref={place}
      className={open ? 'nav open' : 'nav'}
      id="main-nav"
      aria-label="Main"
      onKeyDown={(event) => {
        if (open && event.key === 'Escape') close();
      }}
      onBlur={(event) => {
        // A sheet over the page: whoever tabs or presses beside it has left it.
        const to = event.relatedTarget;
        const stays = event.currentTarget.contains(to) || to?.matches('.btn.menu') === true; // which closes it itself
        if (open && !stays) openMenu(false);
      }}
    >
      <a className="brand" href="/" onClick={onLink('')}>
        <Mark />
        Setpoint
      </a>
      <button type="button" className="search" onClick={() => openOverlay('palette')}>
        <Icon name="search" />
        Search
        <Keys keys="mod+k" />
      </button>
      {GROUPS.map((group) => (
        <NavGroup key={group} group={group} here={here} />
      ))}
      <Whose />
    </nav>
  );
}

function NavGroup({ group, here }: { readonly group: string; readonly here: string }) {
  const pages = PAGES.filter((page) => page.group === group && page.listed);
  if (pages.length === 0) return null;
  return (
    <>
      {group !== '' && <p className="nav-group">{group}</p>}
      {pages.map(({ path, label, icon }) => (
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
    </>
  );
}

/** Whose figures these are. */
function Whose() {
  const { data } = useQuery({
    queryKey: ['workspace'],
    queryFn: ({ signal }) => asking(signal).workspace(),
    staleTime: 60_000,
  });
  if (data?.kind !== 'demo') return null;
  return (
    <p className="nav-foot">
      <b>{data.company}</b>
      Demo data
    </p>
  );
}

function Mark() {
  return (
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
  );
}
