/**
 * What the rest of `/v1/*` is, by its path. Nothing that reaches a provider is without a target: what is not named
 * here is `other`, which can cost and is unpriced unless the answer reports usage.
 */
import { hasDots } from '../paths.ts';
import type { Endpoint } from '../../call.ts';
import type { Target } from '../wire.ts';

/** Kept data and administration of jobs: providers charge for what is done with them, not for these requests. */
const FREE_ROOTS: Readonly<Record<string, Endpoint>> = {
  models: 'models',
  moderations: 'moderations',
  files: 'files',
  uploads: 'files',
  conversations: 'files',
  skills: 'files',
  batches: 'batches',
};

const PAID_ROOTS: Readonly<Record<string, Endpoint>> = {
  completions: 'inference',
  images: 'images',
  audio: 'audio',
  videos: 'videos',
};

/** The provider's own administration (members, keys, invoices): no key of a workflow may reach it. */
const CLOSED_ROOTS: ReadonlySet<string> = new Set(['organization', 'organizations', 'projects', 'realtime']);

/**
 * @param rest the path below the version, begins with `/`.
 * @returns undefined for what is not passed on at all.
 */
export function otherTarget(method: string, rest: string, contentType: string): Target | undefined {
  const [, root = ''] = rest.split('/', 2);
  if (root === '' || hasDots(rest) || CLOSED_ROOTS.has(root)) return undefined;
  const body =
    method === 'POST' && contentType.startsWith('application/json') && root !== 'batches' ? 'json' : 'opaque';
  return { endpoint: endpointOf(method, root), model: '', body, action: actionOf(method, root, rest) };
}

function endpointOf(method: string, root: string): Endpoint {
  const free = FREE_ROOTS[root];
  if (free !== undefined) return free;
  if (method !== 'POST') return 'retrieve'; // to read or to delete is free wherever to make is not
  return PAID_ROOTS[root] ?? 'other';
}

/** `file-content` may be the results of a batch; `completions` is the older chat without roles. */
function actionOf(method: string, root: string, rest: string): string {
  if (method === 'GET' && root === 'files' && rest.endsWith('/content')) return 'file-content';
  return method === 'POST' && rest === '/completions' ? 'completions' : 'other';
}
