/** Saved views over the API: what is kept, what is refused in which words, and that nothing is overwritten unseen. */
import { describe, expect, it } from 'vitest';

import { API_URL, fakeApi, fetchFrom } from '../../test/fakes/api.ts';
import { createClient } from './client.ts';
import type { ApiProblem } from './client.ts';
import { MOST_VIEWS } from './contract/views.ts';
import type { NewView } from './contract/views.ts';

const MONTH: NewView = { name: 'My month', path: 'spend', state: 'during=this-month&by=team' };

async function open(parts: Parameters<typeof fakeApi>[0] = {}) {
  const { views } = createClient({ url: API_URL, fetch: fetchFrom(await fakeApi(parts)) });
  return { views };
}

async function problemOf(asked: Promise<unknown>) {
  try {
    await asked;
  } catch (error) {
    return (error as ApiProblem).problem;
  }
  throw new Error('it was not refused');
}

describe('/api/v1/views', () => {
  it('201 a view as it was said, relative period and all, with its owner and its link', async () => {
    const { views } = await open();
    const view = await views.save(MONTH);
    expect(view).toMatchObject({
      ...MONTH,
      note: '',
      version: 1,
      owner: 'local',
      link: '/spend?during=this-month&by=team',
    });
    expect(view.changedAt).toBe(view.madeAt);
    expect(await views.list()).toEqual({ views: [view] });
  });

  it('201 once under an Idempotency-Key, 409 for another view under it', async () => {
    const { views } = await open();
    const view = await views.save(MONTH, 'key-1');
    expect(await views.save(MONTH, 'key-1')).toEqual(view);
    expect(await problemOf(views.save({ ...MONTH, name: 'b' }, 'key-1'))).toMatchObject({
      status: 409,
      code: 'idempotency_conflict',
    });
    expect((await views.list()).views).toHaveLength(1);
  });

  it('200 the next version, and 409 what was changed by another since', async () => {
    const { views } = await open();
    const { id } = await views.save(MONTH);
    const changed = await views.change(id, { ...MONTH, name: 'Ours', version: 1 });
    expect(changed).toMatchObject({ id, name: 'Ours', version: 2 });
    const stale = { status: 409, code: 'view_changed', detail: expect.stringContaining('version 2 stands') };
    expect(await problemOf(views.change(id, { ...MONTH, version: 1 }))).toMatchObject(stale);
    expect(await problemOf(views.remove(id, 1))).toMatchObject(stale);
    expect((await views.list()).views).toEqual([changed]);
  });

  it('200 taken away and restored, twice too; 404 what is not there', async () => {
    const { views } = await open();
    const { id } = await views.save(MONTH);
    expect(await views.remove(id, 1)).toMatchObject({ id, name: 'My month' });
    expect((await views.list()).views).toEqual([]);
    const missing = { status: 404, detail: expect.stringContaining('setpoint view list') };
    expect(await problemOf(views.remove(id))).toMatchObject(missing);
    expect(await problemOf(views.change(id, { ...MONTH, version: 2 }))).toMatchObject(missing);
    const back = await views.restore(id);
    expect(back).toMatchObject({ ...MONTH, id, version: 3 });
    expect(await views.restore(id)).toEqual(back);
    expect(await problemOf(views.restore('none'))).toMatchObject(missing);
  });

  it('409 a name that another view has, also for one that comes back', async () => {
    const { views } = await open();
    const { id } = await views.save(MONTH);
    expect(await problemOf(views.save({ ...MONTH, name: 'MY month' }))).toMatchObject({
      status: 409,
      code: 'view_exists',
      detail: expect.stringContaining(id),
    });
    await views.remove(id);
    await views.save(MONTH);
    expect(await problemOf(views.restore(id))).toMatchObject({ code: 'view_exists' });
  });

  it.each([
    ['name', { name: '  ' }],
    ['name', { name: 'x'.repeat(81) }],
    ['name', { name: 'a\u0007b' }],
    ['path', { path: '/spend' }],
    ['path', { path: '../etc' }],
    ['path', { path: 'https://elsewhere.example/' }],
    ['state', { state: 'by=team&by=key' }],
    ['state', { state: '?by=team' }],
    ['state', { state: 'by=%00' }],
    ['state', { state: '<script>=1' }],
    ['state', { state: `where=${'x'.repeat(4_001)}` }],
    ['state', { state: Array.from({ length: 41 }, (_, at) => `p${at}=1`).join('&') }],
    ['note', { note: 'x'.repeat(1_001) }],
  ])('400 a %s that no page has: %j', async (field, change) => {
    const { views } = await open();
    const problem = await problemOf(views.save({ ...MONTH, ...change }));
    expect(problem).toMatchObject({ status: 400, errors: [{ path: field }] });
    expect((await views.list()).views).toEqual([]);
  });

  it('409 beyond the most there can be', async () => {
    const { views } = await open();
    for (let at = 0; at < MOST_VIEWS; at += 1) await views.save({ ...MONTH, name: `view ${at}` });
    expect(await problemOf(views.save(MONTH))).toMatchObject({ status: 409, code: 'views_full' });
  });
});
