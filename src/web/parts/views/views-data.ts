/** Saved views as this browser knows them. What is done to them shows at once, and is taken back where the server says no. */
import { useQuery, useQueryClient } from '@tanstack/react-query';

import type { NewView, View, ViewList } from '../../../api/contract/views.ts';
import { say } from '../saying.tsx';
import { api, asking } from '../server.ts';
import { offerUndo } from '../undo.ts';

const VIEWS = ['views'] as const;
const FRESH_MS = 30_000;
const NONE: readonly View[] = [];

export function useViews() {
  const { data, error } = useQuery({
    queryKey: VIEWS,
    queryFn: ({ signal }) => asking(signal).views.list(),
    staleTime: FRESH_MS,
  });
  return { views: data?.views ?? NONE, error };
}

/** @throws ApiProblem from `save` and `change`, for the form to say; `remove` and every undo say it themselves. */
export interface ViewActs {
  readonly save: (view: NewView, tryKey: string) => Promise<View>;
  /** @param text what was done then, as the offer to take it back says it. */
  readonly change: (view: View, change: Partial<NewView>, text: string) => Promise<void>;
  readonly remove: (view: View) => Promise<void>;
}

export function useViewActs(): ViewActs {
  const queries = useQueryClient();
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: VIEWS });
  async function acting(guess: (views: readonly View[]) => View[], send: () => Promise<View>): Promise<View> {
    await queries.cancelQueries({ queryKey: VIEWS });
    const before = queries.getQueryData<ViewList>(VIEWS);
    queries.setQueryData<ViewList>(VIEWS, { views: inOrder(guess(before?.views ?? NONE)) });
    try {
      const done = await send();
      const replaced = (queries.getQueryData<ViewList>(VIEWS)?.views ?? []).map((one) =>
        one.id === done.id ? done : one,
      );
      queries.setQueryData<ViewList>(VIEWS, { views: inOrder(replaced) });
      return done;
    } catch (error) {
      queries.setQueryData(VIEWS, before);
      throw error;
    } finally {
      void refresh();
    }
  }
  /** Of the version that `view` is: one that somebody changed since is not saved over. */
  const saveOver = (view: View, { name, path, state, note = '' }: NewView): Promise<View> =>
    acting(
      (views) =>
        views.map((one) =>
          one.id === view.id ? { ...view, name, path, state, note, link: linkOf(path, state) } : one,
        ),
      () => api.views.change(view.id, { name, path, state, note, version: view.version }),
    );
  const restore = (view: View): Promise<View> =>
    acting(
      (views) => [...views, view],
      () => api.views.restore(view.id),
    );
  return {
    // Its id is the server's to give, so a new one shows when it has one.
    save: (view, tryKey) =>
      acting(
        (views) => [...views],
        () => api.views.save(view, tryKey),
      ),
    async change(view, change, text) {
      const now = await saveOver(view, { ...view, ...change });
      offerUndo({ text, undo: () => saveOver(now, view), refresh });
    },
    async remove(view) {
      try {
        const sent = acting(
          (views) => views.filter(({ id }) => id !== view.id),
          () => api.views.remove(view.id, view.version),
        );
        await sent;
        offerUndo({
          text: `${view.name} is deleted`,
          undo: () => restore(view),
          refresh,
        });
      } catch (error) {
        sayTrouble(error);
      }
    },
  };
}

export function sayTrouble(error: unknown): void {
  say(error instanceof Error ? error.message : String(error));
}

export function linkOf(path: string, state: string): string {
  return `/${path}${state === '' ? '' : `?${state}`}`;
}

function inOrder(views: readonly View[]): View[] {
  return views.toSorted((one, other) => (one.name.toLowerCase() < other.name.toLowerCase() ? -1 : 1));
}
