/** The API of the page's own origin: the one way in which pages ask and decide. */
import { createClient } from '../../api/client.ts';
import type { ApiClient } from '../../api/client.ts';

export const api = createClient({ url: '' });

/** The same for one question: it is taken back when nobody waits for it any more. What decides is asked of `api`. */
export const asking = (signal: AbortSignal): ApiClient => createClient({ url: '', signal });
