/** Signs by which calls without a workflow are told apart, in words and as conditions of the ledger. */
import type { NewRule } from '../../../api/contract/attribution.ts';
import type { Conditions } from '../../parts/conditions.ts';

const WORDS: Readonly<Record<string, string>> = {
  key: 'key',
  path: 'path',
  provider: 'provider',
  account: 'account',
  region: 'region',
  model: 'model',
  modelRequested: 'model asked for',
  fingerprint: 'system prompt',
  workflow: 'workflow said',
  team: 'team said',
  customer: 'customer said',
};

/** `system prompt`, `tag env`. */
export function signWord(sign: string): string {
  if (sign === '') return 'no sign';
  const [kind = '', name] = sign.split(':');
  return name === undefined ? (WORDS[sign] ?? sign) : `${kind} ${name}`;
}

/** The lines without a workflow that carry a sign. Headers are not kept in the ledger. */
export function missingLines(sign: string, value: string): Conditions {
  const known = sign !== '' && !sign.startsWith('header:') && sign !== 'workflow';
  return ['workflow=', ...(known ? [`${sign}=${value}`] : [])];
}

type Condition = NewRule['when'][number];

/** `system prompt is a, b`, `path is not /v1/batches*`. */
export function conditionText({ sign, is = [], not = [] }: Condition): string {
  return [
    ...(is.length > 0 ? [`${signWord(sign)} is ${is.join(' or ')}`] : []),
    ...(not.length > 0 ? [`${signWord(sign)} is not ${not.join(' or ')}`] : []),
  ].join(' and ');
}

/** `Support copilot · CX`; nobody is `no workflow`. */
export function ownerText(owner: {
  readonly workflow?: string | undefined;
  readonly team?: string | undefined;
  readonly customer?: string | undefined;
}): string {
  const { workflow = '', team = '', customer = '' } = owner;
  const named = [workflow, team, customer].filter((name) => name !== '');
  return named.length === 0 ? 'no workflow' : named.join(' · ');
}
