import { randomBytes } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { registryEngines } from '../../test/fakes/engines.ts';
import { openRegistry, standingForecasts } from './registry.ts';
import type { ForecastDeciding, Registry, RegistryPlace } from './registry.ts';

async function open(place: RegistryPlace): Promise<Registry> {
  let ms = Date.UTC(2026, 10, 1);
  return openRegistry({ ...place, nowMs: () => (ms += 1_000), randomBytes });
}

const kinds = (outcomes: readonly ForecastDeciding[]): string[] => outcomes.map(({ kind }) => kind);

describe.each(registryEngines())('scenarios and plans on $name', (engine) => {
  it('are versions that are only added, each with an audit line', async (context) => {
    const registry = await open((await engine.database(context)).place);
    const { forecasts } = registry;
    const scenario = { kind: 'scenario', id: 'growth', reason: 'asked for' } as const;
    const outcomes = [
      await forecasts.decide({ ...scenario, action: 'set', body: { times: 1.4 }, fresh: true }, 'ada'),
      await forecasts.decide({ ...scenario, action: 'set', body: { times: 9 }, fresh: true }, 'eve'),
      await forecasts.decide({ ...scenario, action: 'set', body: { times: 1.5 } }, 'bob'),
      await forecasts.decide({ ...scenario, action: 'end' }, 'bob'),
      await forecasts.decide({ ...scenario, action: 'end' }, 'bob'),
    ];
    expect(kinds(outcomes)).toEqual(['decided', 'unfit', 'decided', 'decided', 'unfit']);
    const decisions = await forecasts.decisions('scenario');
    expect(decisions.map(({ version, action, author, body }) => [version, action, author, body])).toEqual([
      [1, 'set', 'ada', { times: 1.4 }],
      [2, 'set', 'bob', { times: 1.5 }],
      [3, 'end', 'bob', { times: 1.5 }],
    ]);
    expect(standingForecasts(decisions)).toEqual([]);
    const lines = await registry.audit({ afterSeq: 0, limit: 10 });
    expect(lines.map(({ action, subject }) => [action, subject])).toEqual([
      ['scenario.set', 'growth@1'],
      ['scenario.set', 'growth@2'],
      ['scenario.end', 'growth@3'],
    ]);
    expect((await registry.verifyAudit()).kind).toBe('intact');
    await registry.close();
  });

  it('lock a plan once and for good: it is neither changed, locked again nor withdrawn', async (context) => {
    const registry = await open((await engine.database(context)).place);
    const { forecasts } = registry;
    const plan = { kind: 'plan', id: 'q1', reason: '' } as const;
    const body = { months: [{ month: '2026-12', amount: '41800' }] };
    const outcomes = [
      await forecasts.decide({ ...plan, action: 'lock' }, 'ada'),
      await forecasts.decide({ ...plan, action: 'propose', body }, 'ada'),
      await forecasts.decide({ ...plan, action: 'propose', body: { months: [] } }, 'eve'),
      await forecasts.decide({ ...plan, action: 'lock' }, 'bob'),
      await forecasts.decide({ ...plan, action: 'lock' }, 'bob'),
      await forecasts.decide({ ...plan, action: 'withdraw' }, 'bob'),
      await forecasts.decide({ ...plan, action: 'propose', body: { months: [] } }, 'eve'),
    ];
    expect(kinds(outcomes)).toEqual(['unfit', 'decided', 'unfit', 'decided', 'unfit', 'unfit', 'unfit']);
    const [locked] = standingForecasts(await forecasts.decisions('plan'));
    expect(locked).toMatchObject({ action: 'lock', version: 2, author: 'bob', body });
    await registry.close();
  });

  it('count what stands against the most that may', async (context) => {
    const registry = await open((await engine.database(context)).place);
    const set = (id: string) =>
      registry.forecasts.decide(
        { kind: 'scenario', id, action: 'set', body: {}, reason: '', most: 2 },
        'ada',
      );
    expect(kinds([await set('a'), await set('b'), await set('c'), await set('a')])).toEqual([
      'decided',
      'decided',
      'many',
      'decided',
    ]);
    await registry.forecasts.decide({ kind: 'scenario', id: 'b', action: 'end', reason: '' }, 'ada');
    expect((await set('c')).kind).toBe('decided');
    await registry.close();
  });
});
