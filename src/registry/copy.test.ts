/** Moving a registry between engines: the same rows and the same chain, or nothing. */
import { describe, expect, it } from 'vitest';

import { registryEngines } from '../../test/fakes/engines.ts';
import type { Engine } from '../../test/fakes/engines.ts';
import { copyRegistry } from './registry.ts';

const ENGINES = registryEngines();
const [sqlite, postgres] = ENGINES as [Engine, Engine];

describe.each([
  ['SQLite', 'PostgreSQL', sqlite, postgres],
  ['PostgreSQL', 'SQLite', postgres, sqlite],
])('a registry copied from %s to %s', (_from, _to, from, to) => {
  async function filled(context: Parameters<Engine['database']>[0]) {
    const [source, target] = [await from.database(context), await to.database(context)];
    const registry = await source.open(() => 1_000);
    for (let index = 0; index < 12; index += 1) await registry.keys.create({ name: `key ${index}` }, 'ada');
    const note = { anomaly: 'a', state: 'open', note: 'ü', workflow: '', fromMs: 0, toMs: 1 } as const;
    await registry.anomalies.add(note, 'bob');
    await registry.views.save({ name: 'Ours', path: '', state: 'during=7d', note: '' }, 9, 'ada');
    await registry.rulebooks.publish((version) => String(version), { above: 6, epoch: 1 });
    return { source, target, registry };
  }

  it('has the same decisions and the same chain, and goes on from there', async (context) => {
    const { source, target, registry } = await filled(context);
    const { rows, head } = await copyRegistry(source.place, target.place, () => 2_000);
    expect(rows).toBe(12 + 1 + 1 + 14); // keys, a note, a view, audit lines
    const copy = await target.open(() => 3_000);
    expect(await copy.keys.list()).toEqual(await registry.keys.list());
    expect(await copy.anomalies.list()).toEqual(await registry.anomalies.list());
    expect(await copy.views.list()).toEqual(await registry.views.list());
    expect(await copy.audit({ afterSeq: 0, limit: 99 })).toEqual(
      await registry.audit({ afterSeq: 0, limit: 99 }),
    );
    expect(await copy.rulebooks.versions()).toEqual([]);
    await copy.keys.create({ name: 'next' }, 'ada');
    expect(await copy.verifyAudit(head)).toMatchObject({ kind: 'intact', entries: 15 });
    await Promise.all([registry.close(), copy.close()]);
  });

  it('is not laid over another', async (context) => {
    const { source, target, registry } = await filled(context);
    const other = await target.open(() => 1_000);
    await other.keys.create({ name: 'here before' }, 'ada');
    await expect(copyRegistry(source.place, target.place, () => 0)).rejects.toThrow(
      /holds decisions already/,
    );
    expect((await other.keys.list()).map(({ name }) => name)).toEqual(['here before']);
    expect(await other.verifyAudit()).toMatchObject({ kind: 'intact', entries: 1 });
    await Promise.all([registry.close(), other.close()]);
  });

  it('is not copied where its chain does not hold', async (context) => {
    const { source, target, registry } = await filled(context);
    await source.execute("update keys set team = 'other' where name = 'key 3'");
    await expect(copyRegistry(source.place, target.place, () => 0)).rejects.toThrow(/so nothing was copied/);
    const empty = await target.open(() => 0);
    expect(await empty.keys.list()).toEqual([]);
    await Promise.all([registry.close(), empty.close()]);
  });
});
