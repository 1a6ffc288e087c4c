/** How long a gateway takes to stop. */
import { isLoopback, parseListen } from './schema.ts';
import type { SettingsFile } from './schema.ts';

export interface StopSettings {
  /** How long readiness says no before listeners close, for load balancers to notice. */
  readonly noticeMs: number;
  /** How long calls under way may take to finish. */
  readonly finishMs: number;
}

const NOTICE_MS = 5_000;
const FINISH_MS = 15 * 60_000;

/** Before a gateway that only this machine reaches there is no load balancer to wait for. */
export function stopSettings(gateway: SettingsFile['gateway']): StopSettings {
  const host = parseListen(gateway?.listen ?? '')?.host ?? 'localhost';
  return {
    noticeMs: gateway?.stop?.noticeMs ?? (isLoopback(host) ? 0 : NOTICE_MS),
    finishMs: gateway?.stop?.finishMs ?? FINISH_MS,
  };
}
