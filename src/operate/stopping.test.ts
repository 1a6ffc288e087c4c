/** How long a gateway takes to stop, and what only a restart can change. */
import { expect, it } from 'vitest';

import { needsRestart, readSettings } from './operate.ts';
import type { Settings } from './operate.ts';

function settings(file: object): Settings {
  return readSettings({ yamlText: JSON.stringify(file), environment: {}, flags: {} });
}

it('waits for load balancers only where one can be, unless it is told otherwise', () => {
  const stop = (gateway: object): unknown => settings({ gateway }).gateway.stop;
  expect(stop({})).toEqual({ noticeMs: 0, finishMs: 900_000 });
  expect(stop({ listen: '127.0.0.1:4000' })).toMatchObject({ noticeMs: 0 });
  expect(stop({ listen: '0.0.0.0:4000' })).toMatchObject({ noticeMs: 5_000 });
  expect(stop({ listen: '0.0.0.0:4000', stop: { noticeMs: 10, finishMs: 20 } })).toEqual({
    noticeMs: 10,
    finishMs: 20,
  });
  expect(() => stop({ stop: { noticeMs: -1 } })).toThrow(/gateway\.stop\.noticeMs/);
});

it('addresses, the data directory and what simulates need a restart; everything else is taken in', () => {
  const running = settings({ timeZone: 'UTC' });
  expect(
    needsRestart(
      running,
      settings({ timeZone: 'Europe/Zurich', limits: { messages: 7 }, gateway: { workers: 4 } }),
    ),
  ).toEqual([]);
  expect(
    needsRestart(
      running,
      settings({
        gateway: { listen: '127.0.0.1:9' },
        api: { listen: '127.0.0.1:8' },
        data: 'elsewhere',
        simulator: { timeScale: 0 },
        demo: {},
      }),
    ),
  ).toEqual(['gateway.listen', 'api.listen', 'data', 'simulator', 'demo']);
});
