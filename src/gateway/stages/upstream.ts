/** The connections to providers: pools that are kept, and fresh ones for a request whose kept connection was closed. */
import { Agent } from 'undici';

import type { Limits } from '../../rulebook/rulebook.ts';

/** A provider's base URL, cut once: parsing it anew would be a visible part of a call's cost. */
export interface UpstreamBase {
  readonly origin: string;
  readonly path: string;
  /** It has answered before, so connections to it may be kept ones. */
  answered: boolean;
}

export class Upstream {
  readonly kept: Agent;
  readonly fresh: Agent;
  readonly #bases = new Map<string, UpstreamBase>();

  constructor(limits: Limits) {
    const common = {
      connections: 256,
      headersTimeout: limits.upstreamHeadersMs,
      bodyTimeout: limits.upstreamIdleMs,
      connect: { timeout: limits.upstreamConnectMs },
      allowH2: false, // over HTTP/2 a request may be replayed inside one attempt
    };
    this.kept = new Agent({ ...common, pipelining: 1, keepAliveTimeout: 4_000, keepAliveMaxTimeout: 60_000 });
    this.fresh = new Agent({ ...common, pipelining: 0 }); // a connection of its own for each request
  }

  /** @throws TypeError when the URL is none. */
  base(baseUrl: string): UpstreamBase {
    const known = this.#bases.get(baseUrl);
    if (known !== undefined) return known;
    const { origin, pathname } = new URL(baseUrl);
    const base = { origin, path: pathname === '/' ? '' : pathname, answered: false };
    this.#bases.set(baseUrl, base);
    return base;
  }

  async close(): Promise<void> {
    await Promise.all([this.kept.destroy(), this.fresh.destroy()]);
  }
}
