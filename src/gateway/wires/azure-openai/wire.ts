/**
 * Azure OpenAI: OpenAI's wires under other paths. Dated, `/openai/deployments/{deployment}/chat/completions?api-version=`,
 * or v1, `/openai/v1/chat/completions` with the deployment as the body's `model`. A deployment is an alias: what it runs
 * is told by the answer or by settings (`deployments`).
 */
import { decodeName, hasDots } from '../paths.ts';
import type { PathAsk, Target, Wire } from '../wire.ts';

const DEPLOYMENT = /^\/openai\/deployments\/([^/]+)(\/.+)$/;
const VERSIONED = /^\/openai(?:\/v1)?(\/.+)$/;

/** An OpenAI wire as Azure serves it. */
export function onAzure(wire: Wire): Wire {
  return {
    ...wire,
    dialect: 'azure',
    target(method, path, headers) {
      if (hasDots(path)) return undefined;
      const dated = DEPLOYMENT.exec(path);
      const rest = dated?.[2] ?? VERSIONED.exec(path)?.[1];
      const target = rest === undefined ? undefined : wire.target(method, `/v1${rest}`, headers);
      if (target === undefined || dated === null) return target;
      return { ...target, model: decodeName(dated[1] ?? '') };
    },
    // The body may name a model too, or none: the path's is the one that counts.
    read: (body, target) =>
      wire.read(target.model === '' ? body : { ...body, model: target.model }, modelless(target)),
    upstreamPath,
    authorization: (secret): Readonly<Record<string, string>> =>
      // Entra ID's tokens are JWTs; keys of a resource never begin like one.
      secret.startsWith('eyJ') ? { authorization: `Bearer ${secret}` } : { 'api-key': secret },
  };
}

/** OpenAI's own wires know no model in a path. */
function modelless(target: Target): Target {
  return target.model === '' ? target : { ...target, model: '' };
}

/** The client's own path; only a routed deployment takes the place of the one that it named. */
function upstreamPath({ path, query, target, model }: PathAsk): string {
  const dated = target.model === '' || target.model === model ? null : DEPLOYMENT.exec(path);
  if (dated === null) return path + query;
  return `/openai/deployments/${encodeURIComponent(model)}${dated[2] ?? ''}${query}`;
}
