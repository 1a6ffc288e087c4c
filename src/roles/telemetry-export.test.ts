import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { fakeLedger, LINE } from '../../test/fakes/ledger.ts';
import { readSettings } from '../operate/operate.ts';
import type { RoleWorld } from './places.ts';
import { startTelemetryExport } from './telemetry-export.ts';
import type { ExportState } from './telemetry-export.ts';

let collector: Server;
let port = 0;
let redirects = false;
const asked: string[] = [];
beforeAll(async () => {
  collector = createServer((request, response) => {
    asked.push(request.url ?? '');
    request.resume();
    if (redirects) response.writeHead(307, { location: `http://127.0.0.1:${port}/elsewhere` });
    response.end();
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  ({ port } = collector.address() as AddressInfo);
});
afterAll(() => void collector.close());

/** Runs the exporter until it has sent a line or has said why not. */
async function exportTo(host: string, allowPrivate: readonly string[] = []): Promise<ExportState> {
  const settings = {
    ...readSettings({ environment: {}, flags: {} }),
    data: mkdtempSync(join(tmpdir(), 'setpoint-export-')),
    telemetryExport: {
      endpoint: `http://${host}:${port}`,
      signals: ['traces'] as const,
      headers: {},
      allowPrivate,
    },
  };
  const reader = { ...fakeLedger(), tail: async () => ({ lines: [LINE], position: 'b' }) };
  const world: Partial<RoleWorld> = { environment: {}, nowMs: () => 1, say: () => undefined };
  asked.length = 0;
  const running = startTelemetryExport(settings, reader, world as RoleWorld)!;
  while (running.state().lines === 0 && running.state().trouble === '')
    await new Promise((resolve) => setTimeout(resolve, 5));
  running.stop();
  return running.state();
}

describe('the collector', () => {
  it('is called on this machine, where the settings say so plainly', async () => {
    expect(await exportTo('127.0.0.1')).toMatchObject({ lines: 1, trouble: '' });
    expect(asked).toEqual(['/v1/traces']);
  });

  it.each(['0x7f.1', '2130706433', '0.0.0.0', '[::ffff:127.0.0.1]'])(
    'is not called at %s, and that is said',
    async (host) => {
      const { lines, trouble } = await exportTo(host);
      expect([lines, asked]).toEqual([0, []]);
      expect(trouble).toMatch(/lies in .*, and that is not called/);
    },
  );

  it('is called there by a grant (control)', async () => {
    expect(await exportTo('0x7f.1', ['loopback'])).toMatchObject({ lines: 1 });
  });

  it('is not followed where it sends us', async () => {
    redirects = true;
    expect((await exportTo('127.0.0.1')).trouble).toBe('the collector answered 307');
    expect(asked).toEqual(['/v1/traces']);
    redirects = false;
  });
});
