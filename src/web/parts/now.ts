/** What time it is for the figures on the page. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { createClient } from '../../api/client.ts';

/** The API of the page's own origin. */
const api = createClient({ url: '' });

/** Now; the demo company's, where its clock stands still. It does not tick: a question asks for one period, not for a new one each second. */
export function useNowMs(): number {
  const [openedMs] = useState(() => Date.now());
  const { data } = useQuery({ queryKey: ['workspace'], queryFn: () => api.workspace(), staleTime: 60_000 });
  return data?.kind === 'demo' && data.frozen && data.now !== null ? Date.parse(data.now) : openedMs;
}
