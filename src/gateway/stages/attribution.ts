/**
 * The names under which callers say who they are: ours, and those of the gateways they come from.
 *
 * One table, one rule: for each field the lowest rank that is present wins, and a header wins over the body.
 * So a request that carries two dialects is read the same way every time, and adding a dialect is adding rows.
 */
import type { IncomingHttpHeaders } from 'node:http';

import type { Limits } from '../../rulebook/rulebook.ts';
import { isObject, objectAt, parseJson } from '../wires/json.ts';
import type { JsonObject, JsonValue } from '../wires/wire.ts';

export type Field = 'workflow' | 'team' | 'customer' | 'request' | 'session';

/** What a call said of itself. Absent fields were not said. */
export interface Said {
  readonly fields: Partial<Record<Field, string>>;
  readonly tags: Record<string, string>;
  /** Leading parts of the last user message that are retrieved text; undefined when not said. */
  readonly retrievalParts: number | undefined;
}

type HeaderReader = (value: string, into: Collector) => void;

const OWN_RANK = 0;

function field(name: Field, rank: number): HeaderReader {
  return (value, into) => into.field(name, value, rank);
}

/** JSON metadata of a peer: known keys are fields, the others tags. */
function metadata(rank: number): HeaderReader {
  return (value, into) => into.metadata(parseJson(value), rank);
}

/** Exact header names, lower case. Ranks order dialects; own names always win. */
const HEADERS: ReadonlyMap<string, HeaderReader> = new Map<string, HeaderReader>([
  ['x-setpoint-workflow', field('workflow', OWN_RANK)],
  ['x-setpoint-team', field('team', OWN_RANK)],
  ['x-setpoint-customer', field('customer', OWN_RANK)],
  ['x-setpoint-request', field('request', OWN_RANK)],
  ['x-setpoint-session', field('session', OWN_RANK)],
  ['x-setpoint-tags', (value, into) => into.tagList(value, OWN_RANK)],
  ['x-setpoint-retrieval', (value, into) => into.retrieval(value)],
  // LiteLLM: the customer's own order is customer id, then end-user id.
  ['x-litellm-customer-id', field('customer', 10)],
  ['x-litellm-end-user-id', field('customer', 11)],
  ['x-litellm-tags', (value, into) => into.tagList(value, 10)],
  ['x-litellm-spend-logs-metadata', metadata(12)],
  // Portkey
  ['x-portkey-metadata', metadata(20)],
  ['x-portkey-trace-id', field('request', 20)],
  // Helicone
  ['helicone-user-id', field('customer', 30)],
  ['helicone-session-id', field('session', 30)],
  ['helicone-session-name', field('workflow', 31)],
  ['helicone-prompt-id', (value, into) => into.tag('prompt', value, 30)],
  // Bifrost
  ['x-bf-session-id', field('session', 40)],
  // Cloudflare AI Gateway, TrueFoundry
  ['cf-aig-metadata', metadata(50)],
  ['x-tfy-metadata', metadata(60)],
  // Envoy AI Gateway's default mapping
  ['agent-session-id', field('session', 70)],
  // W3C
  ['baggage', (value, into) => into.baggage(value)],
  ['traceparent', (value, into) => into.traceparent(value)],
]);

/** Header prefixes whose rest is a property name. */
const PREFIXES: ReadonlyArray<readonly [prefix: string, rank: number]> = [
  ['helicone-property-', 32],
  ['x-bf-dim-', 41],
  ['x-bf-prom-', 42],
];

/** Property names that are fields wherever peers allow free names. */
const PROPERTY_FIELDS: Readonly<Record<string, Field | undefined>> = {
  workflow: 'workflow',
  workflow_name: 'workflow',
  feature: 'workflow',
  'setpoint.workflow': 'workflow',
  'gen_ai.workflow.name': 'workflow',
  team: 'team',
  team_id: 'team',
  'setpoint.team': 'team',
  customer: 'customer',
  customer_id: 'customer',
  user: 'customer',
  user_id: 'customer',
  _user: 'customer',
  'user.id': 'customer',
  'tenant.id': 'customer',
  'setpoint.customer': 'customer',
  request: 'request',
  request_id: 'request',
  trace_id: 'request',
  'setpoint.request': 'request',
  session: 'session',
  session_id: 'session',
  'session.id': 'session',
  conversation_id: 'session',
  'gen_ai.conversation.id': 'session',
  'setpoint.session': 'session',
};

const BAGGAGE_RANK = 80;
const TRACEPARENT_RANK = 90;
const BODY_RANK = 100;

/** Reads every accepted name from headers and body. Never throws; what cannot be read was not said. */
export function readAttribution(
  headers: IncomingHttpHeaders,
  body: JsonObject,
  facts: { readonly user: string; readonly metadata: Readonly<Record<string, string>> },
  limits: Limits,
): Said {
  const into = new Collector(limits);
  for (const name in headers) {
    const reader = HEADERS.get(name);
    if (reader !== undefined) {
      const value = headers[name];
      if (typeof value === 'string') reader(value, into);
    } else readPrefixed(name, headers[name], into);
  }
  readBodyNames(body, facts, into);
  return into.said();
}

function readPrefixed(name: string, value: string | string[] | undefined, into: Collector): void {
  const first = name.charCodeAt(0);
  if ((first !== 104 && first !== 120) || typeof value !== 'string') return; // 'h' and 'x' begin all prefixes
  for (const [prefix, rank] of PREFIXES) {
    if (name.startsWith(prefix)) into.property(name.slice(prefix.length), value, rank);
  }
}

/** LiteLLM's order for the customer in a body: user, litellm_metadata.user, metadata.user_id, safety_identifier. */
function readBodyNames(
  body: JsonObject,
  facts: { readonly user: string; readonly metadata: Readonly<Record<string, string>> },
  into: Collector,
): void {
  if (facts.user !== '') into.field('customer', facts.user, BODY_RANK);
  const litellm = objectAt(body, 'litellm_metadata')?.['user'];
  if (typeof litellm === 'string') into.field('customer', litellm, BODY_RANK + 1);
  for (const name in facts.metadata) {
    const value = facts.metadata[name];
    if (value !== undefined) into.property(name, value, BODY_RANK + 2);
  }
  into.tags(objectAt(body, 'metadata')?.['tags'], BODY_RANK);
  into.tags(body['tags'], 9); // LiteLLM: body `tags` win over its header
  into.metadata(body['tensorzero::tags'], BODY_RANK + 3);
  const episode = body['tensorzero::episode_id'];
  if (typeof episode === 'string') into.field('session', episode, BODY_RANK + 3);
  const safety = body['safety_identifier'];
  if (typeof safety === 'string') into.field('customer', safety, BODY_RANK + 4);
}

/** Keeps the best-ranked value of each field and tag, within the limits on number and length. */
class Collector {
  readonly #limits: Limits;
  readonly #fields: Partial<Record<Field, string>> = {};
  readonly #fieldRanks: Partial<Record<Field, number>> = {};
  readonly #tags: Record<string, string> = Object.create(null) as Record<string, string>;
  #tagRanks: Map<string, number> | undefined;
  #retrievalParts: number | undefined;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  field(name: Field, value: string, rank: number): void {
    const clean = this.#clean(value);
    if (clean === '' || rank >= (this.#fieldRanks[name] ?? Infinity)) return;
    this.#fields[name] = clean;
    this.#fieldRanks[name] = rank;
  }

  tag(name: string, value: string, rank: number): void {
    const key = this.#clean(name);
    if (key === '') return;
    const ranks = (this.#tagRanks ??= new Map());
    const known = ranks.get(key);
    if (known === undefined ? ranks.size >= this.#limits.tagCount : rank >= known) return;
    ranks.set(key, rank);
    this.#tags[key] = this.#clean(value);
  }

  /** A free property: a field when its name says so, else a tag. */
  property(name: string, value: string, rank: number): void {
    const known = PROPERTY_FIELDS[name.toLowerCase()];
    if (known === undefined) this.tag(name, value, rank);
    else this.field(known, value, rank);
  }

  metadata(value: JsonValue | undefined, rank: number): void {
    if (!isObject(value)) return;
    for (const name of Object.keys(value)) {
      const one = value[name];
      if (typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean') {
        this.property(name, String(one), rank);
      }
    }
  }

  /** A JSON object, or a list of `name=value`, `name:value` or bare names. */
  tagList(text: string, rank: number): void {
    if (text.startsWith('{')) {
      const json = parseJson(text);
      if (isObject(json)) for (const name of Object.keys(json)) this.tag(name, String(json[name]), rank);
    } else for (const item of text.split(',')) this.tagItem(item, rank);
  }

  tags(value: JsonValue | undefined, rank: number): void {
    if (!Array.isArray(value)) return;
    for (const item of value as readonly JsonValue[]) if (typeof item === 'string') this.tagItem(item, rank);
  }

  tagItem(item: string, rank: number): void {
    const at = item.search(/[=:]/);
    if (at === -1) this.tag(item, 'true', rank);
    else this.tag(item.slice(0, at), item.slice(at + 1), rank);
  }

  /** W3C baggage: `name=value;property,name=value`, values percent-encoded. Unknown names are other people's. */
  baggage(text: string): void {
    for (const member of text.split(',')) {
      const [pair = ''] = member.split(';', 1);
      const at = pair.indexOf('=');
      if (at === -1) continue;
      const name = pair.slice(0, at).trim();
      const value = decode(pair.slice(at + 1).trim());
      const known = PROPERTY_FIELDS[name.toLowerCase()];
      if (known !== undefined) this.field(known, value, BAGGAGE_RANK);
      else if (name.startsWith('setpoint.tag.'))
        this.tag(name.slice('setpoint.tag.'.length), value, BAGGAGE_RANK);
    }
  }

  /** W3C trace context: calls of one trace belong to one request. */
  traceparent(text: string): void {
    const trace = text.split('-')[1];
    if (trace !== undefined && /^[0-9a-f]{32}$/.test(trace) && !/^0+$/.test(trace)) {
      this.field('request', trace, TRACEPARENT_RANK);
    }
  }

  retrieval(text: string): void {
    if (/^\d{1,4}$/.test(text.trim())) this.#retrievalParts = Number(text);
  }

  said(): Said {
    return { fields: this.#fields, tags: this.#tags, retrievalParts: this.#retrievalParts };
  }

  /** Trims, drops control characters (a ledger is read in terminals) and cuts to the limit. */
  #clean(value: string): string {
    const cut = value.length > this.#limits.tagLength ? value.slice(0, this.#limits.tagLength) : value;
    // eslint-disable-next-line no-control-regex
    return /[\u0000-\u001f\u007f]/.test(cut) ? cut.replace(/[\u0000-\u001f\u007f]/g, ' ').trim() : cut.trim();
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
