/** What control can say of the gateways beside it, and the one way in which it calls one itself. */
import { request } from 'node:http';

import type { ApiParts, GatewayAnswer, GatewayAsk, GatewayRules } from '../api/api.ts';
import { effectiveSettings } from '../operate/operate.ts';
import type { Settings } from '../operate/operate.ts';
import type { RulebookData } from '../rulebook/rulebook.ts';
import type { RoleWorld } from './places.ts';
import type { Publisher } from './publisher.ts';
import { followWorkers } from './worker-standing.ts';

/** A person waits for it. */
const ANSWER_MS = 120_000;
const MOST_BYTES = 1024 * 1024;

export function gatewayParts(
  settings: Settings,
  publisher: Pick<Publisher, 'rulebook'>,
  world: RoleWorld,
): Pick<ApiParts, 'rules' | 'workers' | 'callGateway' | 'effectiveSettings' | 'clockMs'> {
  return {
    rules: () => rulesOf(publisher.rulebook()),
    workers: followWorkers(world),
    callGateway: (ask) => callGateway(settings.gateway.listen, ask),
    effectiveSettings: () => effectiveSettings(settings),
    clockMs: world.nowMs,
  };
}

/** Named one by one: a rulebook in memory has credentials. */
function rulesOf(data: RulebookData | undefined): GatewayRules | undefined {
  if (data === undefined) return undefined;
  const { version, publishedAtMs, unkeyed, providers } = data;
  return {
    version,
    publishedAtMs,
    unkeyed,
    providers: providers.map(({ name, dialect, models, aliases, fallbacks, priceProvider, simulated }) => ({
      name,
      dialect,
      models,
      aliases,
      priceProvider,
      simulated,
      ...(fallbacks !== undefined && { fallbacks }),
    })),
  };
}

/** To the address of the settings, over the loopback where the gateway listens on every address; to no other place. */
function callGateway({ host, port }: Settings['gateway']['listen'], ask: GatewayAsk): Promise<GatewayAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<GatewayAnswer>();
  const sent = request(
    {
      host: host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host,
      port,
      path: ask.path,
      method: 'POST',
      headers: { ...ask.headers, 'content-length': Buffer.byteLength(ask.body) },
      agent: false,
      timeout: ANSWER_MS,
    },
    (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MOST_BYTES) response.destroy(new Error('its answer is longer than can be shown'));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          call: textOf(response.headers['x-setpoint-call-id']),
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    },
  );
  sent.on('timeout', () => sent.destroy(new Error('it did not answer in time')));
  sent.on('error', reject);
  sent.end(ask.body);
  return promise;
}

function textOf(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : (header?.[0] ?? '');
}
