/** Postings stand still while ledger and registry are copied, and go on behind it; small disks are said. */
import { expect, it } from 'vitest';

import { fakePoster } from '../../test/fakes/ledger.ts';
import { controlHealth, holdable } from './operating.ts';

const BATCH = { id: 'a', postings: [] };

it('holds postings back until the work is done, and lets those under way finish first', async () => {
  const steps: string[] = [];
  const slow = Promise.withResolvers<void>();
  const { poster, hold } = holdable({
    ...fakePoster(),
    async post(batch) {
      steps.push(`${batch.id} begins`);
      if (batch.id === 'first') await slow.promise;
      steps.push(`${batch.id} ends`);
      return { lines: 0, repeated: false };
    },
  });
  const first = poster.post({ ...BATCH, id: 'first' });
  await Promise.resolve();
  const held = hold(async () => void steps.push('copied'));
  const second = poster.post({ ...BATCH, id: 'second' });
  await new Promise((resolve) => setImmediate(resolve));
  expect(steps).toEqual(['first begins']);
  slow.resolve();
  await Promise.all([first, held, second]);
  expect(steps).toEqual(['first begins', 'first ends', 'copied', 'second begins', 'second ends']);
});

it('goes on after a copy that failed', async () => {
  const { poster, hold } = holdable(fakePoster());
  await expect(hold(() => Promise.reject(new Error('no room')))).rejects.toThrow('no room');
  await poster.post(BATCH);
});

it('says that a registry cannot be read and that a disk is nearly full, before calls are refused', async () => {
  const well = await controlHealth({ alive: async () => true }, async () => ({
    freeBytes: 1e12,
    totalBytes: 1e12,
  }));
  expect(well.map(({ ready }) => ready)).toEqual([true, true]);
  const ill = await controlHealth({ alive: async () => false }, async () => ({
    freeBytes: 1e6,
    totalBytes: 1e12,
  }));
  expect(ill).toMatchObject([
    {
      name: 'registry',
      ready: false,
      detail: expect.stringMatching(/Calls go on by the last rulebook/) as string,
    },
    { name: 'disk', ready: false, detail: expect.stringMatching(/1 MB are free.*no call is lost/) as string },
  ]);
});
