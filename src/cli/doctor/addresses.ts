/** What doctor says of the addresses that the settings let the program call: where a name leads, and whether that is allowed. */
import type { Resolve } from '../../gateway/egress/connector.ts';
import { grantsOf, judgeAddress, literalAddress } from '../../gateway/egress/addresses.ts';
import type { Settings } from '../../operate/operate.ts';
import type { Finding } from './finding.ts';

interface Called {
  readonly what: string;
  readonly url: string;
  readonly allowPrivate: readonly string[];
  /** A credential travels with each request. */
  readonly secret: boolean;
}

/**
 * Resolves every configured host as the egress guard will. What may be called is not listed, unless it is worth a word.
 * @param serving names of providers that serve; the others are not called.
 */
export async function addressFindings(
  settings: Settings,
  serving: (provider: { readonly name: string; readonly dialect: string }) => boolean,
  resolve: Resolve,
): Promise<Finding[]> {
  const called: Called[] = settings.providers.filter(serving).map((provider) => ({
    what: addressCheck(provider),
    url: provider.baseUrl,
    allowPrivate: provider.allowPrivate,
    secret: provider.key.kind !== 'none',
  }));
  const collector = settings.telemetryExport;
  if (collector !== undefined)
    called.push({
      what: 'address of the collector',
      url: collector.endpoint,
      allowPrivate: collector.allowPrivate,
      secret: Object.keys(collector.headers).length > 0,
    });
  return (await Promise.all(called.map((one) => findingOf(one, resolve)))).flat();
}

/** What the finding on a provider's address is called. */
export function addressCheck({ name, dialect }: { readonly name: string; readonly dialect: string }): string {
  return `address of ${name} (${dialect})`;
}

async function findingOf(called: Called, resolve: Resolve): Promise<Finding[]> {
  const { what, url, allowPrivate } = called;
  const { hostname, protocol } = new URL(url);
  const literal = literalAddress(hostname);
  let addresses: readonly string[];
  try {
    addresses =
      literal === undefined ? (await inTime(resolve(hostname, 0))).map(({ address }) => address) : [literal];
  } catch {
    const fix = 'Check the name and the network; calls fail until it resolves.';
    const money = 'What was never sent is not charged.';
    return [{ check: what, state: 'warning', detail: `${hostname} does not resolve here`, money, fix }];
  }
  const grants = grantsOf(url, allowPrivate);
  for (const address of addresses) {
    const verdict = judgeAddress(address, grants);
    if (verdict.kind === 'allowed') continue;
    const { cidr, holds, grantable } = verdict.range;
    return [
      {
        check: what,
        state: 'failure',
        detail: `${hostname} is ${address}, in ${cidr} (${holds}), which is not called`,
        money: 'Every call is refused, nothing is sent and nothing is charged.',
        fix: grantable
          ? `If it is meant, add allowPrivate: ["${address}"] beside its address in setpoint.yaml.`
          : 'No grant allows it. Correct the address, or the name service.',
      },
    ];
  }
  const loopback = addresses.every((address) => /^(127\.|::1$)/.test(address));
  if (protocol === 'https:' || loopback || !called.secret) return [];
  const money = 'Whoever listens on the way can spend with it.';
  const fix = 'Use https, or be sure of the network between.';
  return [
    { check: what, state: 'warning', detail: `${url}: its credential travels unencrypted`, money, fix },
  ];
}

const RESOLVE_MS = 3_000;

/** A name service that is silent is as good as none. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), RESOLVE_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
