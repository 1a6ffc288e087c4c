/** Saved views, as the client asks. */
import type { ChangedView, NewView, View, ViewList } from '../contract/views.ts';
import type { Reach } from './reach.ts';

export function viewCalls({ get, post, put, remove }: Reach) {
  const at = (id: string, part = ''): string => `/views/${encodeURIComponent(id)}${part}`;
  return {
    list: (): Promise<ViewList> => get('/views'),
    save: (view: NewView, idempotencyKey?: string): Promise<View> => post('/views', view, idempotencyKey),
    change: (id: string, view: ChangedView): Promise<View> => put(at(id), view),
    /** @param version the one that was seen; absent: whichever stands. */
    remove: (id: string, version?: number): Promise<View> => remove(at(id), { version }),
    restore: (id: string): Promise<View> => post(at(id, '/restore'), {}),
  };
}
