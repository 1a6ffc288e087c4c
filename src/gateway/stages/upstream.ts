/**
 * The connections to providers: pools that are kept, and fresh ones for a request whose kept connection was closed.
 * Every one of them is opened by the egress guard, under the grants of its provider and of no other.
 */
import { Agent } from 'undici';

import { grantsOf } from '../egress/addresses.ts';
import type { Grants } from '../egress/addresses.ts';
import { guardedConnector } from '../egress/connector.ts';
import type { Dial, EgressRefused } from '../egress/connector.ts';
import type { Limits, ProviderRule } from '../../rulebook/rulebook.ts';

/** A provider's base URL, cut once: parsing it anew would be a visible part of a call's cost. */
export interface UpstreamBase {
  readonly origin: string;
  readonly path: string;
  readonly pools: Pools;
  /** It has answered before, so connections to it may be kept ones. */
  answered: boolean;
}

export interface Pools {
  readonly kept: Agent;
  readonly fresh: Agent;
}

/** Connections that are kept, or one for this request alone. */
export type Pool = keyof Pools;

/** How connections are opened under the grants of a provider. */
export type DialOf = (grants: Grants, onRefused: (refusal: EgressRefused) => void) => Dial;

export class Upstream {
  readonly #limits: Limits;
  readonly #dial: (grants: Grants) => Dial;
  /** By what they are granted: a connection that one provider may open is none that another may use. */
  readonly #pools = new Map<string, Pools>();
  readonly #bases = new Map<string, UpstreamBase>();
  /** Spares the way of a call the text of its grants; a rule that no rulebook holds any more is forgotten. */
  readonly #known = new WeakMap<ProviderRule, UpstreamBase>();

  /** @param dialOf absent: over the network, guarded. */
  constructor(limits: Limits, onRefused: (refusal: EgressRefused) => void, dialOf?: DialOf) {
    this.#limits = limits;
    const timeoutMs = limits.upstreamConnectMs;
    this.#dial = (grants) =>
      dialOf?.(grants, onRefused) ?? guardedConnector({ grants, timeoutMs, onRefused });
  }

  /** @throws TypeError when the provider's base URL is none, RangeError when its grants are none. */
  base(provider: ProviderRule): UpstreamBase {
    let base = this.#known.get(provider);
    if (base === undefined) this.#known.set(provider, (base = this.#find(provider)));
    return base;
  }

  #find({ baseUrl, allowPrivate }: ProviderRule): UpstreamBase {
    const grants = grantsOf(baseUrl, allowPrivate);
    const id = [baseUrl, ...grants.text].join('\n');
    const known = this.#bases.get(id);
    if (known !== undefined) return known;
    const { origin, pathname } = new URL(baseUrl);
    const path = pathname === '/' ? '' : pathname;
    const base = { origin, path, pools: this.#poolsOf(grants), answered: false };
    this.#bases.set(id, base);
    return base;
  }

  #poolsOf(grants: Grants): Pools {
    const id = grants.text.join('\n');
    const known = this.#pools.get(id);
    if (known !== undefined) return known;
    const common = {
      connections: 256,
      headersTimeout: this.#limits.upstreamHeadersMs,
      bodyTimeout: this.#limits.upstreamIdleMs,
      connect: this.#dial(grants),
      allowH2: false, // over HTTP/2 a request may be replayed inside one attempt
    };
    const pools = {
      kept: new Agent({ ...common, pipelining: 1, keepAliveTimeout: 4_000, keepAliveMaxTimeout: 60_000 }),
      fresh: new Agent({ ...common, pipelining: 0 }), // a connection of its own for each request
    };
    this.#pools.set(id, pools);
    return pools;
  }

  async close(): Promise<void> {
    await Promise.all(
      [...this.#pools.values()].flatMap(({ kept, fresh }) => [kept.destroy(), fresh.destroy()]),
    );
  }
}
