/** Intend: everything that is known of a call before it is dispatched. */
import type { IncomingHttpHeaders } from 'node:http';

import { ENDPOINTS } from '../call.ts';
import type { Intent } from '../call.ts';
import type { RequestFacts, Target, Wire } from '../wires/wire.ts';
import type { Route, Rulebook } from '../../rulebook/rulebook.ts';
import type { Id } from '../../units/ids.ts';
import type { Said } from './attribution.ts';
import { attribute, callerName } from './identify.ts';
import type { Caller } from './identify.ts';
import { presumedUsage } from './meter.ts';

export interface IntentParts {
  readonly id: Id;
  readonly startedAtMs: number;
  readonly headers: IncomingHttpHeaders;
  readonly path: string;
  readonly wire: Wire;
  readonly target: Target;
  readonly rulebook: Rulebook;
  readonly caller: Exclude<Caller, { kind: 'refused' }>;
  readonly facts: RequestFacts;
  readonly route: Route;
  readonly said: Said;
  /** Size of the request's body as it will be sent. */
  readonly bytes: number;
}

const PATH_CHARACTERS = 256;

export function makeIntent(parts: IntentParts): Intent {
  const { id, startedAtMs, wire, target, rulebook, caller, facts, route, path } = parts;
  const { provider, model } = route;
  const usage = ENDPOINTS[target.endpoint] === 'counted' ? presumedUsage(parts.bytes, facts) : {};
  const attribution = attribute(parts.said, caller.kind === 'key' ? caller.key : undefined, rulebook, id);
  const account = provider.account ?? callersAccount(caller, parts.headers);
  const region = provider.region ?? '';
  const cost = rulebook.prices.price({
    provider: provider.priceProvider,
    model,
    usage,
    atMs: startedAtMs,
    serviceTier: '',
    geo: '',
    team: attribution.team,
    account,
    region,
  });
  return {
    call: id,
    attempt: id, // the first attempt shares the call's id: one id fewer to carry where there is only one attempt
    attemptNumber: 1,
    kind: 'primary',
    startedAtMs,
    attribution,
    key: callerName(caller),
    provider: provider.name,
    priceProvider: provider.priceProvider,
    wire: wire.name,
    endpoint: target.endpoint,
    account,
    region,
    path: path.length > PATH_CHARACTERS ? path.slice(0, PATH_CHARACTERS) : path,
    modelRequested: facts.model,
    model,
    stream: facts.stream,
    simulated: provider.simulated,
    rulebookVersion: rulebook.version,
    priceVersion: rulebook.prices.version,
    presumed: { usage, cost },
  };
}

/** Who pays with its own credential may say for which of its accounts; nobody else is asked. */
function callersAccount(caller: Caller, headers: IncomingHttpHeaders): string {
  if (caller.kind !== 'pass-through') return '';
  const named = headers['openai-project'] ?? headers['openai-organization'];
  return typeof named === 'string' ? named.slice(0, PATH_CHARACTERS) : '';
}
