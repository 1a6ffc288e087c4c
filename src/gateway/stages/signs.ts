/**
 * Signs: what tells one program's calls from another's when nobody says who made them. The program's own name (from
 * its user-agent), the headers that settings list, and a keyed hash of the system prompt. No word of a prompt is kept.
 */
import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import { ENDPOINTS } from '../call.ts';
import type { Attribution, Intent } from '../call.ts';
import { headerTag } from '../../rulebook/rulebook.ts';
import type { Limits, Rulebook } from '../../rulebook/rulebook.ts';
import type { JsonObject, Segment, Target, Wire } from '../wires/wire.ts';
import type { Said } from './attribution.ts';
import type { Caller } from './identify.ts';

const USER_AGENT_TAG = headerTag('user-agent');
const FINGERPRINT_DIGITS = 16;
const NO_TAGS: Readonly<Record<string, string>> = Object.freeze({});

/** What a call said, with its header tags among its own. */
export function withHeaderTags(said: Said, headers: IncomingHttpHeaders, rulebook: Rulebook): Said {
  const tags = headerTags(headers, rulebook.attributionHeaders, rulebook.limits);
  return { ...said, tags: { ...said.tags, ...tags } };
}

/** Tags `header.<name>` of the headers that are kept. Names are lower case, values cut to the limit on tags. */
export function headerTags(
  headers: IncomingHttpHeaders,
  names: readonly string[],
  limits: Limits,
): Readonly<Record<string, string>> {
  const product = productOf(headers['user-agent'] ?? '');
  if (product === '' && names.length === 0) return NO_TAGS;
  const tags: Record<string, string> = {};
  if (product !== '') tags[USER_AGENT_TAG] = product.slice(0, limits.tagLength);
  for (const name of names) {
    const value = headers[name];
    if (typeof value === 'string' && value !== '') tags[headerTag(name)] = clean(value, limits.tagLength);
  }
  return tags;
}

/** The product of a user-agent without its version, `OpenAI/Python 1.52` → `OpenAI/Python`, `curl/8.5.0` → `curl`. */
function productOf(userAgent: string): string {
  const end = userAgent.search(/[\s(;,]/);
  return (end === -1 ? userAgent : userAgent.slice(0, end)).replace(/\/v?\d[\w.+-]*$/, '');
}

function clean(value: string, length: number): string {
  return value
    .slice(0, length)
    .replace(/\p{Cc}/gu, ' ')
    .trim();
}

export interface Cut {
  readonly segments: readonly Segment[];
  /** The segments of the workflow that the call is in the end, which may have marks of retrieved text of its own. */
  asOf(workflow: string): readonly Segment[];
}

/** Cuts a request by what it and its key say of its workflow, since rules may look at the cut. */
export function cutSegments(call: CutCall, said: Said): Cut {
  const { wire, target, json, rulebook, caller } = call;
  if (ENDPOINTS[target.endpoint] !== 'counted') return NOTHING_CUT;
  const delimitersOf = (workflow: string) => rulebook.findWorkflow(workflow)?.retrievalDelimiters ?? [];
  const cut = (workflow: string): Segment[] =>
    wire.segments(json, { leadingParts: said.retrievalParts, delimiters: delimitersOf(workflow) });
  const named = said.fields.workflow ?? (caller.kind === 'key' ? caller.key.workflow : '');
  const segments = cut(named);
  const same = (workflow: string): boolean =>
    workflow === named || delimitersOf(workflow).length + delimitersOf(named).length === 0;
  return { segments, asOf: (workflow) => (same(workflow) ? segments : cut(workflow)) };
}

interface CutCall {
  readonly wire: Pick<Wire, 'segments'>;
  readonly target: Pick<Target, 'endpoint'>;
  readonly json: JsonObject;
  readonly rulebook: Rulebook;
  readonly caller: Caller;
}

const NOTHING_CUT: Cut = { segments: [], asOf: () => [] };

/**
 * Sixteen hex digits that are the same for the same system prompt in one installation and say nothing without its
 * key; empty where there is no system prompt or no key. Taken of the segments that composition cuts anyway. There is
 * no memory of it: looking a text up costs as much as hashing it, and a memory would have to hold prompts.
 */
export function fingerprintOf(segments: readonly Segment[], key: string): string {
  if (key === '') return '';
  let text = '';
  for (const segment of segments) if (segment.part === 'system') text += segment.text;
  // The digest is cut, so a prefix key does for a keyed hash: nobody can extend what they do not see whole.
  return text === '' ? '' : hash('sha256', key + text, 'hex').slice(0, FINGERPRINT_DIGITS);
}

/** Fills by rule what neither the call nor its key said. */
export function applyRules(
  attribution: Attribution,
  intent: Omit<Intent, 'attribution' | 'presumed'>,
  rulebook: Rulebook,
): Attribution {
  const ruled = rulebook.attribution?.fill(attribution, {
    key: intent.key,
    path: intent.path ?? '',
    provider: intent.provider,
    account: intent.account ?? '',
    region: intent.region ?? '',
    model: intent.model,
    modelRequested: intent.modelRequested,
    fingerprint: intent.fingerprint ?? '',
    tags: attribution.tags,
    startedAtMs: intent.startedAtMs,
  });
  if (ruled === undefined) return attribution;
  const { workflow, team, customer, by } = ruled;
  return { ...attribution, workflow, team, customer, ...(by !== '' && { by }) };
}
