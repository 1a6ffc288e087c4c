/**
 * The one way out: a host is resolved, every address that it has is judged, and the connection is made to those very
 * addresses. Between the check and the connection nothing is resolved again, so a name cannot mean one thing to the check
 * and another to the connection (DNS rebinding). It costs something only when a connection is opened.
 */
import { lookup as systemLookup } from 'node:dns';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';

import { Agent, buildConnector } from 'undici';

import { judgeAddress } from './addresses.ts';
import type { AddressRange, Grants } from './addresses.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name. @throws when it has none. */
export type Resolve = (hostname: string, family: number) => Promise<readonly ResolvedAddress[]>;

/** Opens a connection; a name is resolved by the lookup that it was made with. */
export type Dial = buildConnector.connector;
export type DialWith = (lookup: LookupFunction) => Dial;

export interface GuardOptions {
  readonly grants: Grants;
  readonly timeoutMs: number;
  /** Absent: as the system resolves names. */
  readonly resolve?: Resolve;
  /** Absent: undici's own, over the network. */
  readonly dialWith?: DialWith;
  /** Told of each refusal. */
  readonly onRefused?: (refusal: EgressRefused) => void;
}

/** A connection that was not made, since the address is none that may be called. */
export class EgressRefused extends Error {
  readonly code = 'SETPOINT_EGRESS_REFUSED';
  readonly host: string;
  readonly address: string;
  readonly range: AddressRange;
  constructor(host: string, address: string, range: AddressRange) {
    super(
      `${host === address ? host : `${host} resolves to ${address}, which`} lies in ${range.cidr} (${range.holds}), and that is not called${range.grantable ? ' unless allowPrivate in the settings grants it' : ''}`,
    );
    this.name = 'EgressRefused';
    this.host = host;
    this.address = address;
    this.range = range;
  }
}

export function guardedConnector(options: GuardOptions): Dial {
  const { grants, timeoutMs, resolve = resolveBySystem, onRefused } = options;
  const judged = (host: string, addresses: readonly ResolvedAddress[]): EgressRefused | undefined => {
    // One address that may not be called condemns the name: an honest one has no mixture.
    for (const { address } of addresses) {
      const verdict = judgeAddress(address, grants);
      if (verdict.kind === 'allowed') continue;
      const refusal = new EgressRefused(host, address, verdict.range);
      onRefused?.(refusal);
      return refusal;
    }
    return undefined;
  };
  const lookup: LookupFunction = (hostname, { all, family }, callback) => {
    resolve(hostname, familyOf(family)).then(
      (addresses) => {
        const refusal = judged(hostname, addresses);
        if (refusal !== undefined) callback(refusal, '', 0);
        else if (all === true) callback(null, [...addresses]);
        else callback(null, addresses[0]!.address, addresses[0]!.family);
      },
      (fault: unknown) => callback(fault instanceof Error ? fault : new Error(String(fault)), '', 0),
    );
  };
  const dial = (options.dialWith ?? overTheNetwork(timeoutMs))(lookup);
  return (target, callback) => {
    // A literal address is never looked up, so it is judged here.
    const family = isIP(target.hostname);
    const refusal =
      family === 0 ? undefined : judged(target.hostname, [{ address: target.hostname, family }]);
    if (refusal === undefined) dial(target, callback);
    else queueMicrotask(() => callback(refusal, null)); // undici does not expect an answer before it has asked
  };
}

/** An agent for requests of control to a configured address (collectors, web hooks). Redirects are not followed. */
export function guardedAgent(options: GuardOptions): Agent {
  return new Agent({ connect: guardedConnector(options), allowH2: false });
}

export function overTheNetwork(timeoutMs: number): DialWith {
  // Over HTTP/2 a request may be replayed inside one attempt.
  return (lookup) => buildConnector({ timeout: timeoutMs, allowH2: false, lookup });
}

/** As `getaddrinfo` says: hosts file, name service and DNS of this machine. */
export const resolveBySystem: Resolve = (hostname, family) =>
  new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true, family, order: 'verbatim' }, (error, addresses) => {
      if (error !== null) reject(error);
      else if (addresses.length === 0) reject(new Error(`${hostname} has no address`));
      else resolve(addresses);
    });
  });

function familyOf(family: number | string | undefined): number {
  return family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : Number(family ?? 0);
}
