/** Paths of requests as providers want them. */
import type { PathAsk } from './wire.ts';

/** The version is part of a provider's base URL, so the client's own prefix is taken off. */
export function underVersion(prefix: string): (ask: Pick<PathAsk, 'path' | 'query'>) => string {
  return ({ path, query }) =>
    (path.startsWith(prefix) && path[prefix.length] === '/' ? path.slice(prefix.length) : path) + query;
}

/** A name out of a path; one that is wrongly escaped stands for itself. */
export function decodeName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Whether a path steps out of itself (`..`): a provider might follow it to what this gateway does not serve. */
export function hasDots(path: string): boolean {
  return /\/(?:\.|%2e){1,2}(?:\/|$)/i.test(path);
}
