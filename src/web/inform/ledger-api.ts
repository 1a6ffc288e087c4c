import { createClient } from '../../api/client.ts';

/** The API of the page's own origin. */
export const api = createClient({ url: '' });
