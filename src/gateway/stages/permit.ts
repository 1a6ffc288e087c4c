/**
 * Permit: what the caller's key allows. A key without limits passes at the cost of one look; a call beyond a limit is
 * refused before anything is sent, in words that say what the key allows.
 */
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';

import type { Attribution } from '../call.ts';
import { matchesName, mayName, usesOf } from '../../rulebook/rulebook.ts';
import type { KeyLimit, KeyScope, Route } from '../../rulebook/rulebook.ts';
import type { JsonObject, JsonValue, Refusal, RequestFacts, Target, Wire } from '../wires/wire.ts';
import { isObject } from '../wires/json.ts';
import type { Caller } from './identify.ts';

type Known = Exclude<Caller, { kind: 'refused' }>;

/** Whether the key makes calls at all, on this wire and of this kind. Lists of models are open to all that make calls. */
export function permitTarget(caller: Caller, wire: Wire, target: Target): Refusal | undefined {
  const scope = scopeOf(caller);
  if (scope === undefined) return undefined;
  const uses = usesOf(scope);
  if (!uses.includes('calls'))
    return beyondKey(
      `This Setpoint key is not for calls through the gateway; it is for: ${uses.join(', ')} (API).`,
    );
  if (target.action === 'list-models') return undefined;
  return outside(scope, 'wires', wire.name) ?? outside(scope, 'endpoints', target.endpoint);
}

/** What can name models in a request beside its own model: fallbacks that the provider may take, tools that run others. */
const OTHER_MODELS: readonly string[] = ['models', 'tools', 'fallbacks'];
/** Nothing of these runs a model, so they need to name none. */
const RUN_NOTHING: ReadonlySet<string> = new Set(['files', 'models', 'retrieve']);

/** Whether the key may call every model that the request names. The name that was asked for counts, or what it stands for. */
export function permitModels(
  caller: Known,
  call: {
    readonly facts: RequestFacts;
    readonly route: Route;
    readonly json: JsonObject;
    /** The body, or its beginning where it passes through. */
    readonly bytes: Buffer;
    readonly target: Target;
  },
): Refusal | undefined {
  const scope = scopeOf(caller);
  if (scope?.models === undefined) return undefined;
  const { facts, route, json, bytes, target } = call;
  const { provider, model } = route;
  if (facts.model === '') {
    if (RUN_NOTHING.has(target.endpoint)) return undefined;
    return beyondKey(
      `This Setpoint key is limited to models, and this request names none that could be checked. It may call: ${shownList(scope.models)}.`,
      'model',
    );
  }
  const names = [facts.model, model, `${provider.name}/${model}`];
  if (!names.some((name) => mayName(scope, 'models', name))) return outside(scope, 'models', facts.model);
  if (target.body === 'opaque' && target.model === '' && namesTwice(bytes))
    return beyondKey(
      'This form names its model more than once, so it cannot be known which one would be called.',
      'model',
    );
  const other = otherModels(json).find((name) => !mayName(scope, 'models', name));
  return other === undefined ? undefined : outside(scope, 'models', other);
}

/** Of two fields of a form, one reader takes the first and another the last. */
function namesTwice(form: Buffer): boolean {
  return (form.toString('latin1').match(/\bname\*?="?model\b/gi) ?? []).length > 1;
}

function otherModels(json: JsonObject): string[] {
  return OTHER_MODELS.flatMap((field) => namesIn(json[field]));
}

function namesIn(value: JsonValue | undefined): string[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly JsonValue[]).flatMap((one) => {
    const name = isObject(one) ? one['model'] : one;
    return typeof name === 'string' ? [name] : [];
  });
}

const NAMED = { workflow: 'workflows', team: 'teams', customer: 'customers' } as const;

/** Whether the call is of a workflow, team and customer that the key may name; where limited, each must be named. */
export function permitNames(caller: Known, attribution: Attribution): Refusal | undefined {
  const scope = scopeOf(caller);
  if (scope === undefined) return undefined;
  for (const field of ['workflow', 'team', 'customer'] as const) {
    const limit = NAMED[field];
    const allowed = scope[limit];
    const name = attribution[field];
    if (allowed === undefined || (name !== '' && mayName(scope, limit, name))) continue;
    if (name !== '') return outside(scope, limit, name);
    return beyondKey(
      `This Setpoint key is limited to ${limit}, and this call names no ${field}. Send one in the header x-setpoint-${field}; it may be: ${shownList(allowed)}.`,
    );
  }
  return undefined;
}

/** Refuses a call that was not begun. An upload is not read to its end for that: the connection closes. */
export function turnAway(
  { response, wire, upload }: { response: ServerResponse; wire: Wire; upload: Readable | undefined },
  refusal: Refusal,
  refuse: (response: ServerResponse, wire: Wire, refusal: Refusal) => void,
): void {
  if (upload !== undefined) response.setHeader('connection', 'close');
  refuse(response, wire, refusal);
}

/** The models that a key may see in a list. */
export function visibleModel(caller: Known): (id: string, provider: string) => boolean {
  const allowed = scopeOf(caller)?.models;
  if (allowed === undefined) return () => true;
  return (id, provider) =>
    allowed.some((pattern) => matchesName(pattern, id) || matchesName(pattern, `${provider}/${id}`));
}

function scopeOf(caller: Caller): KeyScope | undefined {
  return caller.kind === 'key' ? caller.key.scope : undefined;
}

const WORDS: Readonly<Record<KeyLimit, string>> = {
  wires: 'use the wire',
  endpoints: 'call the endpoint',
  models: 'call the model',
  workflows: 'make calls of the workflow',
  teams: 'make calls of the team',
  customers: 'make calls of the customer',
};

function outside(scope: KeyScope, limit: KeyLimit, name: string): Refusal | undefined {
  if (mayName(scope, limit, name)) return undefined;
  return beyondKey(
    `This Setpoint key may not ${WORDS[limit]} "${shown(name)}". Allowed ${limit}: ${shownList(scope[limit] ?? [])}.`,
    limit === 'models' ? 'model' : undefined,
  );
}

function beyondKey(message: string, parameter?: string): Refusal {
  return {
    code: 'setpoint_unauthorized',
    status: 403,
    message: `${message} Nothing was sent to a provider and nothing was charged. Use another key, or have one made with "setpoint key create".`,
    ...(parameter !== undefined && { parameter }),
  };
}

const NAME_CHARACTERS = 100;
const NAMES_SHOWN = 20;

function shown(name: string): string {
  return name.length > NAME_CHARACTERS ? `${name.slice(0, NAME_CHARACTERS)}…` : name;
}

function shownList(names: readonly string[]): string {
  const more = names.length - NAMES_SHOWN;
  return names.slice(0, NAMES_SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
