import { expect, it } from 'vitest';

import { registryEngines } from '../../test/fakes/engines.ts';

const START_MS = Date.UTC(2026, 2, 1);

const ENGINES = registryEngines();

it.for(ENGINES)(
  'keeps what people said of an anomaly on $name, in order, with a line of audit each',
  async (engine, context) => {
    let ms = START_MS;
    const registry = await (await engine.database(context)).open(() => (ms += 1_000));
    const seen = {
      anomaly: '3f2a9c01b4d7',
      workflow: 'support',
      fromMs: START_MS,
      toMs: START_MS + 3_600_000,
    };
    await registry.anomalies.add({ ...seen, state: 'acknowledged', note: '' }, 'ada');
    const last = await registry.anomalies.add({ ...seen, state: 'expected', note: 'load test' }, 'grace');
    await registry.anomalies.add({ ...seen, anomaly: 'another', state: 'resolved', note: '' }, 'ada');
    const notes = await registry.anomalies.list(seen.anomaly);
    expect(notes.map(({ state, actor }) => [state, actor])).toEqual([
      ['acknowledged', 'ada'],
      ['expected', 'grace'],
    ]);
    expect(notes.at(-1)).toEqual(last);
    expect(await registry.anomalies.list()).toHaveLength(3);
    const audit = await registry.audit({ afterSeq: 0, limit: 10 });
    expect(audit.map(({ action, subject }) => `${action} ${subject}`)).toEqual([
      'anomaly.acknowledged 3f2a9c01b4d7',
      'anomaly.expected 3f2a9c01b4d7',
      'anomaly.resolved another',
    ]);
    expect(await registry.verifyAudit()).toMatchObject({ kind: 'intact' });
    await registry.close();
  },
);
