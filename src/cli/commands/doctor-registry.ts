/** What `setpoint doctor` finds of a registry on PostgreSQL. It looks, and creates and migrates nothing. */
import { randomBytes } from 'node:crypto';

import { readSecretAt } from '../../operate/operate.ts';
import type { Settings } from '../../operate/operate.ts';
import type { Command } from '../surroundings.ts';

export async function postgresFinding(
  { around: { environment, nowMs } }: Command,
  { url, password }: NonNullable<Settings['registry']>,
): Promise<{ check: string; state: 'ok' | 'failure'; detail: string; fix: string }> {
  const check = 'PostgreSQL';
  const { describePlace, openRegistry, RegistryAway } = await import('../../registry/registry.ts');
  const postgres = { url, password: () => readSecretAt(password, environment) };
  const place = describePlace(postgres);
  try {
    const registry = await openRegistry({ postgres, nowMs, randomBytes, asItIs: true });
    try {
      const verdict = await registry.verifyAudit();
      const leader = await registry.lastLeader();
      const led =
        leader === undefined ? 'none has led' : `last to lead: ${leader.holder}, epoch ${leader.epoch}`;
      if (verdict.kind === 'broken')
        return {
          check,
          state: 'failure',
          detail: `${place}: the audit chain is broken at ${verdict.seq}: ${verdict.reason}`,
          fix: 'Someone changed the registry beside Setpoint. Compare it with a backup.',
        };
      const detail = `${place}, level ${registry.level}, audit chain of ${verdict.entries} intact, ${led}`;
      return { check, state: 'ok', detail, fix: '' };
    } finally {
      await registry.close();
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const isNew = /relation .* does not exist/.test(reason);
    if (isNew && !(error instanceof RegistryAway))
      return {
        check,
        state: 'ok',
        detail: `${place} answers and holds no registry yet`,
        fix: 'The first "setpoint control" makes it.',
      };
    return {
      check,
      state: 'failure',
      detail: `${place} does not answer: ${reason}`,
      fix: 'Gateways serve on the last rulebook meanwhile; decisions wait. See registry.url, and where its password is read from.',
    };
  }
}
