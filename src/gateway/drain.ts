/** How a gateway ends: it says so, takes no more connections, lets calls under way finish, and cuts what is left. */
import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';

export interface DrainWays {
  /** How long calls are still taken after readiness has turned, so that load balancers notice first. By default 0. */
  readonly noticeMs?: number;
  /**
   * Whether connections without a call may stay: then they end by their own limit or with their next answer, so that no client
   * sends into a connection that is being closed. Asked again and again; by default never.
   */
  readonly keepIdle?: () => boolean;
}

interface Draining extends Required<DrainWays> {
  readonly server: Server;
  /** Calls under way, those whose client has left and that are read on included. */
  readonly underWay: () => number;
  readonly monotonicMs: () => number;
  readonly withinMs: number;
}

const LOOK_MS = 20;

/** Resolves when no connection is left. Calls that have not ended within the time lose their client. */
export async function drainServer(draining: Draining): Promise<void> {
  const { server, underWay, monotonicMs, withinMs, noticeMs, keepIdle } = draining;
  const untilMs = monotonicMs() + noticeMs + withinMs;
  if (noticeMs > 0) await pause(noticeMs);
  let closed = false;
  const whenClosed = stopListening(server).then(() => void (closed = true));
  while (monotonicMs() < untilMs) {
    const idleMayStay = keepIdle();
    if (!idleMayStay) server.closeIdleConnections();
    if (underWay() === 0 && (closed || !idleMayStay)) break;
    await pause(LOOK_MS);
  }
  server.closeAllConnections();
  await whenClosed;
}

/** The close of an HTTP server ends idle connections too, under the hands of clients that are just about to use them. */
function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (server.listening) NetServer.prototype.close.call(server, () => resolve());
    else resolve();
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
