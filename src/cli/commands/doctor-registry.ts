/** What `setpoint doctor` finds of a registry on PostgreSQL. It looks, and creates and migrates nothing. */
import { randomBytes } from 'node:crypto';

import { readSecretAt } from '../../operate/operate.ts';
import type { Settings } from '../../operate/operate.ts';
import { fine } from '../doctor/finding.ts';
import type { Finding } from '../doctor/finding.ts';
import type { Command } from '../surroundings.ts';

export async function postgresFinding(
  { around: { environment, nowMs } }: Command,
  { url, password }: NonNullable<Settings['registry']>,
): Promise<Finding> {
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
          money: 'Keys, prices or closed months may not be what people decided.',
          fix: 'Someone changed the registry beside Setpoint. Compare it with a backup.',
        };
      const detail = `${place}, level ${registry.level}, audit chain of ${verdict.entries} intact, ${led}`;
      return fine(check, detail);
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
        money: '',
        fix: 'The first "setpoint control" makes it.',
      };
    return {
      check,
      state: 'failure',
      detail: `${place} does not answer: ${reason}`,
      money: 'Gateways serve on the last rulebook meanwhile; no decision can be taken.',
      fix: 'See registry.url, and where its password is read from.',
    };
  }
}
