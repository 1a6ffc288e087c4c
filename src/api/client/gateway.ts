/** The gateway, a call through it, and the settings in force, as the client asks. */
import type { GatewayStanding, TryAnswer, TryAsk, TryBound } from '../contract/gateway.ts';
import type { EffectiveSettings } from '../contract/settings.ts';
import type { Reach } from './reach.ts';

export function gatewayCalls({ get, ask: askOf, post }: Reach) {
  return {
    gateway: (): Promise<GatewayStanding> => get('/gateway'),
    boundTry: (ask: TryAsk): Promise<TryBound> => askOf('/playground/bound', ask),
    tryCall: (ask: TryAsk): Promise<TryAnswer> => post('/playground', ask),
    settings: (): Promise<EffectiveSettings> => get('/settings'),
  };
}
