/** The API of the page's own origin: the one way in which pages ask and decide. */
import { createClient } from '../../api/client.ts';

export const api = createClient({ url: '' });
