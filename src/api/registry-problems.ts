/** What the API says when the registry is away or another control leads. Both pass by themselves: `retry-after` says when to look. */
import type { Context } from 'hono';

import { NotLeading, RegistryAway, VersionMoved } from '../registry/registry.ts';
import type { Leader } from '../registry/registry.ts';
import type { ApiEnvironment } from './parts.ts';
import { refuse } from './problems.ts';

const STILL_WORKS =
  'Calls are still served and recorded: gateways obey the last rulebook, and what the ledger knows can be asked.';

/** The answer to an error of the registry; undefined for any other error. */
export function refuseRegistryTrouble(context: Context<ApiEnvironment>, error: unknown) {
  if (error instanceof NotLeading) {
    const standing = context.get('standing');
    return refuseStandby(context, standing.kind === 'standby' ? standing.leader : undefined);
  }
  if (error instanceof VersionMoved)
    return refuse(
      context,
      'version_moved',
      `Somebody decided in between: ${error.message}. Nothing was changed; the newer decision holds. Look at it, then decide again.`,
    );
  return error instanceof RegistryAway ? refuseAway(context, error.outcome) : undefined;
}

/** @param outcome `unknown`: the database broke off during the commit. */
export function refuseAway(
  context: Context<ApiEnvironment>,
  outcome: RegistryAway['outcome'] = 'nothing-changed',
) {
  context.header('retry-after', '2');
  const changed =
    outcome === 'unknown'
      ? 'It broke off while this decision was being taken, so look whether it stands before you try again.'
      : 'Nothing was changed.';
  return refuse(
    context,
    'registry_unavailable',
    `PostgreSQL, which holds keys and decisions, does not answer. ${changed} ${STILL_WORKS} This recovers by itself when the database is back; /readyz says more.`,
  );
}

export function refuseStandby(context: Context<ApiEnvironment>, leader: Leader | undefined) {
  context.header('retry-after', '2');
  const who = leader === undefined ? 'none has led yet' : `the last to take the lead was ${leader.holder}`;
  return refuse(
    context,
    'stands_by',
    `This control stands by and changes nothing; ${who}. Nothing was changed. Send this to the control that leads (its /leaderz answers 200), or try again here: if that one is gone, another leads within 10 seconds.`,
  );
}
