/** The routes: one per page, inside one frame. Search parameters stay flat text, so that an address reads well. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';

import { PAGES } from './pages.ts';
import { Frame } from './parts/frame.tsx';
import { NotFound } from './parts/not-found.tsx';
import { history } from './parts/path.ts';

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound });

const pages = PAGES.map(({ path, load }) =>
  createRoute({
    getParentRoute: () => root,
    path: `/${path}`,
    component: lazyRouteComponent(load),
  }),
);

export const router = createRouter({
  history,
  routeTree: root.addChildren(pages),
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const text = new URLSearchParams(search as Record<string, string>).toString();
    return text === '' ? '' : `?${text}`;
  },
  scrollRestoration: true,
});
