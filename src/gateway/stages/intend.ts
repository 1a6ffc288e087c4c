/** Intend: everything that is known of a call before it is dispatched. */
import type { IncomingHttpHeaders } from 'node:http';

import { ENDPOINTS } from '../call.ts';
import type { Intent } from '../call.ts';
import type { RequestFacts } from '../wires/wire.ts';
import type { Rulebook } from '../../rulebook/rulebook.ts';
import type { Id } from '../../units/ids.ts';
import type { Said } from './attribution.ts';
import { presumedTier } from './billing.ts';
import type { CallBilling } from './billing.ts';
import { attribute, callerName } from './identify.ts';
import type { Caller } from './identify.ts';
import { presumedUsage } from './meter.ts';
import type { OutgoingCall } from './outgoing.ts';
import { applyRules } from './signs.ts';

export interface IntendedCall extends OutgoingCall {
  readonly rulebook: Rulebook;
  readonly facts: RequestFacts;
  readonly billing: CallBilling;
}

/** What is made up for the call itself. */
interface IntentOwn {
  readonly id: Id;
  readonly startedAtMs: number;
  readonly said: Said;
  readonly fingerprint: string;
}

const PATH_CHARACTERS = 256;

export function makeIntent(call: IntendedCall, { id, startedAtMs, said, fingerprint }: IntentOwn): Intent {
  const { request, wire, target, rulebook, caller, facts, route, billing, path } = call;
  const { provider, model } = route;
  const signs: Omit<Intent, 'attribution' | 'presumed'> = {
    call: id,
    attempt: id, // the first attempt shares the call's id: one id fewer to carry where there is only one attempt
    attemptNumber: 1,
    kind: 'primary',
    startedAtMs,
    key: callerName(caller),
    provider: provider.name,
    priceProvider: provider.priceProvider,
    wire: wire.name,
    endpoint: target.endpoint,
    account: billing.account ?? callersAccount(caller, request.headers),
    region: billing.region ?? '',
    path: path.length > PATH_CHARACTERS ? path.slice(0, PATH_CHARACTERS) : path,
    modelRequested: facts.model,
    model,
    ...(billing.model !== undefined && { priceModel: billing.model }),
    stream: facts.stream,
    simulated: provider.simulated,
    rulebookVersion: rulebook.version,
    priceVersion: rulebook.prices.version,
    ...(fingerprint !== '' && { fingerprint }),
  };
  const stated = attribute(said, caller.kind === 'key' ? caller.key : undefined, rulebook, id);
  const attribution = applyRules(stated, signs, rulebook);
  return { ...signs, attribution, presumed: presumedCost(call, signs, attribution.team) };
}

/** What the call would be charged if its end were never known; contracts of its team and account included. */
function presumedCost(
  { target, bytes, facts, rulebook, billing }: IntendedCall,
  { priceProvider, model, startedAtMs, account = '', region = '' }: Omit<Intent, 'attribution' | 'presumed'>,
  team: string,
): Intent['presumed'] {
  const usage = ENDPOINTS[target.endpoint] === 'counted' ? presumedUsage(bytes.length, facts) : {};
  const cost = rulebook.prices.price({
    provider: priceProvider,
    model: billing.model ?? model,
    usage,
    atMs: startedAtMs,
    serviceTier: presumedTier(billing),
    geo: billing.geo ?? '',
    team,
    account,
    region,
  });
  return { usage, cost };
}

/** Who pays with its own credential may say for which of its accounts; nobody else is asked. */
function callersAccount(caller: Caller, headers: IncomingHttpHeaders): string {
  if (caller.kind !== 'pass-through') return '';
  const named = headers['openai-project'] ?? headers['openai-organization'];
  return typeof named === 'string' ? named.slice(0, PATH_CHARACTERS) : '';
}
