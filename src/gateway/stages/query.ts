/** The query of a request: passed on as it came, but for the credential that Google's clients put there. */

export interface CutQuery {
  /** With its `?`, without `key`; empty when nothing is left. */
  readonly query: string;
  /** Decoded; empty when there was none. */
  readonly key: string;
}

export const NO_QUERY: CutQuery = { query: '', key: '' };

/** Takes every `key` out, so that it is neither passed on nor seen by anything that logs addresses. */
export function cutKey(query: string): CutQuery {
  if (!query.includes('key=') && !query.includes('%')) return { query, key: '' }; // an escape may spell the same name
  let key = '';
  const kept: string[] = [];
  for (const pair of query.slice(1).split('&')) {
    const at = pair.indexOf('=');
    if (decode(at === -1 ? pair : pair.slice(0, at)) !== 'key') kept.push(pair);
    else key ||= decode(pair.slice(at + 1)).trim();
  }
  return { query: kept.length === 0 ? '' : `?${kept.join('&')}`, key };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
