/** Fifty reloads under load: a hundred thousand calls and the streams beside them, none refused, none cut. */
import { expect, it } from 'vitest';

import { readSupervisorFile } from '../../../src/roles/supervisor-file.ts';
import { startLoad, startProvider } from '../../e2e/reload-load.ts';
import { startSystem } from '../../e2e/system.ts';

const RELOADS = 50;
const CALLS = 100_000;

it('carries every call through fifty reloads', async () => {
  const provider = await startProvider();
  const settings = {
    overload: { enabled: false },
    providers: [
      {
        name: 'slow',
        dialect: 'openai',
        baseUrl: provider.baseUrl,
        models: ['gpt-*'],
        priceProvider: 'openai',
      },
    ],
  };
  const system = await startSystem({ workers: 2, simulator: { enabled: 'never' }, settings });
  const load = startLoad(system.gatewayUrl, { callers: 16, streams: 8 });
  try {
    const data = `${system.directory}/data`;
    for (let reload = 1; reload <= RELOADS || load.result.right < CALLS; reload += 1) {
      process.kill(readSupervisorFile(data, Date.now())?.owner.pid ?? Number.NaN, 'SIGUSR2');
      for (;;) {
        const state = readSupervisorFile(data, Date.now())?.reload;
        if (state?.number === reload && state.state !== 'running') {
          expect(state.state).toBe('done');
          break;
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    const { right, streams, failed } = await load.stop();
    process.stdout.write(`reload: ${JSON.stringify({ right, streams, failed: failed.length })}\n`);
    expect(failed).toEqual([]);
    expect(provider.requests()).toBe(right + streams);
  } finally {
    await load.stop();
    await system.stop();
    provider.stop();
  }
});
