/** Paths of requests as providers want them. */
import type { PathAsk } from './wire.ts';

/** The version is part of a provider's base URL, so the client's own prefix is taken off. */
export function underVersion(prefix: string): (ask: Pick<PathAsk, 'path' | 'query'>) => string {
  return ({ path, query }) =>
    (path.startsWith(prefix) && path[prefix.length] === '/' ? path.slice(prefix.length) : path) + query;
}
