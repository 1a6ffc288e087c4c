/** Around every page: the side navigation, what can be reached by keyboard, and the place where the page goes. */
import { Outlet, useRouter } from '@tanstack/react-router';
import { Suspense, lazy, useEffect, useRef } from 'react';
import type { MouseEvent, ReactNode } from 'react';

import { PAGES } from '../pages.ts';
import { Search, useSearchNow } from './address.ts';
import { Downloads } from './downloads.tsx';
import { Icon } from './icon.tsx';
import { focusTitle, keepFocus } from './keep-focus.ts';
import { Keys } from './keys.tsx';
import { openMenu, useMenu } from './menu.ts';
import { PageNames } from './page-names.ts';
import { openOverlay, useOverlay } from './overlay.ts';
import { onLink, usePath } from './path.ts';
import { Saying } from './saying.tsx';
import { listenForShortcuts } from './shortcuts.ts';
import { UndoBar } from './undo-bar.tsx';
import { useWorkspace } from './workspace.ts';

const Palette = lazy(async () => ({ default: (await import('./palette/palette.tsx')).Palette }));
const SaveView = lazy(async () => ({ default: (await import('./views/view-dialogs.tsx')).SaveView }));
const RenameView = lazy(async () => ({ default: (await import('./views/view-dialogs.tsx')).RenameView }));
const Help = lazy(async () => ({ default: (await import('./help.tsx')).Help }));

/** The title of the page, behind the navigation. */
const CONTENT_ID = 'content';
const GROUPS = ['', 'Inform', 'Operate'] as const;

function nameOf(path: string): string {
  return PAGES.find((page) => page.path === path)?.label ?? path;
}

export function Frame() {
  const router = useRouter();
  useEffect(listenForShortcuts, []);
  useEffect(keepFocus, []);
  useEffect(
    () =>
      router.subscribe('onRendered', ({ fromLocation, pathChanged }) => {
        if (fromLocation !== undefined && pathChanged) focusTitle();
      }),
    [router],
  );
  return (
    <PageNames value={nameOf}>
      <a className="skip" href={`#${CONTENT_ID}`} onClick={skip}>
        Skip to content
      </a>
      <div className="shell">
        <Nav />
        <Addressed>
          <Outlet />
        </Addressed>
      </div>
      <Overlays />
      <Saying />
      <UndoBar />
      <Downloads />
    </PageNames>
  );
}

/** Everything in it follows the address. */
function Addressed({ children }: { readonly children: ReactNode }) {
  return <Search value={useSearchNow()}>{children}</Search>;
}

/** Without the address: a link that is copied afterwards leads to the page and not past its beginning. */
function skip(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById(CONTENT_ID)?.focus();
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
  const data = useWorkspace();
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
