/**
 * Which addresses the program may connect to, and which only where the settings grant it. Pure.
 *
 * The ranges are those of IANA's registries of special-purpose addresses (RFC 6890 and its successors) and the places
 * where clouds keep the credentials of a machine. Of IPv6 only global unicast (2000::/3) is public: what is not known
 * to be is not called.
 */
import { isIP } from 'node:net';

import ipaddr from 'ipaddr.js';

export interface AddressRange {
  /** As people write it: `10.0.0.0/8`. */
  readonly cidr: string;
  /** What lives there, in words. */
  readonly holds: string;
  /** Whether upstreams may live there, so that settings can grant it. */
  readonly grantable: boolean;
}

interface Range extends AddressRange {
  readonly parsed: [ipaddr.IPv4 | ipaddr.IPv6, number];
}

/** Ranges that settings granted, ready to compare with. */
export interface Grants {
  /** As they were written; equal grants have equal text. */
  readonly text: readonly string[];
  readonly ranges: ReadonlyArray<[ipaddr.IPv4 | ipaddr.IPv6, number]>;
}

export type AddressVerdict =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'refused'; readonly range: AddressRange };

export const NO_GRANTS: Grants = { text: [], ranges: [] };

/** The word for this machine's own addresses in a grant. */
export const LOOPBACK_WORD = 'loopback';
const LOOPBACK: readonly string[] = ['127.0.0.0/8', '::1/128'];

/** Where a cloud answers every machine with that machine's credentials; public and granted ranges hold some of them. */
const METADATA = ranges(false, {
  '169.254.0.0/16': 'link-local addresses, where clouds keep the credentials of a machine',
  '168.63.129.16/32': 'the host agent of Azure',
  '100.100.100.200/32': 'the metadata service of Alibaba Cloud',
  '192.0.0.192/32': 'the metadata service of Oracle Cloud',
  'fd00:ec2::254/128': 'the metadata service of AWS',
  'fd20:ce::254/128': 'the metadata service of Google Cloud',
  'fe80::/10': 'link-local addresses',
});

const PRIVATE = ranges(true, {
  '10.0.0.0/8': 'a private network',
  '172.16.0.0/12': 'a private network',
  '192.168.0.0/16': 'a private network',
  '100.64.0.0/10': 'the shared network of a carrier or a VPN',
  '127.0.0.0/8': 'this machine itself',
  '198.18.0.0/15': 'a network for benchmarks',
  '::1/128': 'this machine itself',
  'fc00::/7': 'a private network',
  // Where a network has IPv6 only, public IPv4 hosts are reached under this prefix; the address inside is judged too.
  '64:ff9b::/96': 'the translation of IPv4 addresses (NAT64)',
});

const NEVER = ranges(false, {
  '0.0.0.0/8': 'this machine itself, without a name',
  '192.0.0.0/24': 'addresses of protocols',
  '192.0.2.0/24': 'addresses of documentation',
  '192.88.99.0/24': 'the relays of 6to4',
  '198.51.100.0/24': 'addresses of documentation',
  '203.0.113.0/24': 'addresses of documentation',
  '224.0.0.0/4': 'multicast',
  '240.0.0.0/4': 'reserved addresses and broadcast',
  '::/128': 'this machine itself, without a name',
  '::/96': 'IPv4 addresses inside IPv6 (deprecated)',
  '::ffff:0:0/96': 'IPv4 addresses inside IPv6',
  '::ffff:0:0:0/96': 'IPv4 addresses inside IPv6 (SIIT)',
  '64:ff9b:1::/48': 'the local translation of IPv4 addresses',
  '100::/64': 'addresses that discard everything',
  '2001::/23': 'addresses of protocols (Teredo, ORCHID, benchmarks)',
  '2001:db8::/32': 'addresses of documentation',
  '2002::/16': 'IPv4 addresses inside IPv6 (6to4)',
  '3fff::/20': 'addresses of documentation',
  'fec0::/10': 'site-local addresses (deprecated)',
  'ff00::/8': 'multicast',
});

/** The first that matches decides, so the finer ones come first. */
const SPECIAL: readonly Range[] = [...METADATA, ...PRIVATE, ...NEVER];
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');
const NOT_GLOBAL: AddressRange = {
  cidr: 'outside 2000::/3',
  holds: 'no public IPv6 address',
  grantable: false,
};
const NO_ADDRESS: AddressRange = {
  cidr: 'no address',
  holds: 'nothing that is an address',
  grantable: false,
};
const NAT64 = '64:ff9b::/96';

/** @param address as a resolver answers: dotted decimal or IPv6 text, no brackets, no zone. Anything else is refused. */
export function judgeAddress(address: string, grants: Grants): AddressVerdict {
  const parsed = parse(address);
  return parsed === undefined ? { kind: 'refused', range: NO_ADDRESS } : judge(parsed, grants);
}

function judge(address: ipaddr.IPv4 | ipaddr.IPv6, grants: Grants): AddressVerdict {
  const range = SPECIAL.find(({ parsed }) => lies(address, parsed));
  if (range === undefined) {
    const isPublic = address.kind() === 'ipv4' || lies(address, GLOBAL_UNICAST);
    return isPublic ? { kind: 'allowed' } : { kind: 'refused', range: NOT_GLOBAL };
  }
  const { cidr, holds, grantable } = range;
  const granted = grantable && grants.ranges.some((grant) => lies(address, grant));
  if (!granted) return { kind: 'refused', range: { cidr, holds, grantable } };
  return cidr === NAT64
    ? judge(new ipaddr.IPv4(address.toByteArray().slice(-4)), grants)
    : { kind: 'allowed' };
}

/** What is wrong with a grant; empty when nothing is. It must lie in one range where upstreams may live. */
export function grantProblem(text: string): string {
  if (text === LOOPBACK_WORD) return '';
  const parsed = parseRange(text);
  if (parsed === undefined)
    return 'is no range of addresses; write for example 10.1.0.0/16, 192.168.7.20/32 or loopback';
  const around = (one: Range): boolean => one.parsed[1] <= parsed[1] && lies(parsed[0], one.parsed);
  const range = SPECIAL.find(around);
  if (range !== undefined)
    return range.grantable ? '' : `lies in ${range.cidr} (${range.holds}), which is never called`;
  return `must lie in one of ${PRIVATE.map(({ cidr }) => cidr).join(', ')}; public addresses need no grant`;
}

/** @throws RangeError when one is no grant; settings are checked with `grantProblem` before. */
export function readGrants(texts: readonly string[]): Grants {
  if (texts.length === 0) return NO_GRANTS;
  const text = [...new Set(texts.flatMap((one) => (one === LOOPBACK_WORD ? LOOPBACK : [one])))].toSorted();
  return {
    text,
    ranges: text.map((one) => {
      const problem = grantProblem(one);
      if (problem !== '') throw new RangeError(`the grant "${one}" ${problem}`);
      return parseRange(one)!;
    }),
  };
}

/**
 * What a configured address grants by itself: one that literally names this machine (`localhost`, `127.0.0.1`, `[::1]`)
 * means it, and so grants exactly that. A name that merely resolves to this machine grants nothing, nor does an address
 * that is written so that people do not see it (`0x7f.1`, `2130706433`, `user@127.0.0.1`).
 * @throws TypeError when the URL is none.
 */
export function literalLoopback(url: string): readonly string[] {
  const { hostname, username, password } = new URL(url);
  if (username !== '' || password !== '') return [];
  const written = /^https?:\/\/(\[[^\]]*\]|[^/:?#\\]*)/i.exec(url)?.[1]?.toLowerCase();
  if (written !== hostname) return [];
  if (hostname === 'localhost') return ['127.0.0.1/32', '::1/128'];
  const literal = literalAddress(hostname);
  const parsed = literal === undefined ? undefined : parse(literal);
  if (parsed === undefined || !LOOPBACK.some((range) => lies(parsed, ipaddr.parseCIDR(range)))) return [];
  return [`${parsed.toString()}/${parsed.kind() === 'ipv4' ? 32 : 128}`];
}

/**
 * Under which grants a configured URL is called: those that are written beside it, and what it grants literally.
 * @throws TypeError when the URL is none, RangeError when a grant is none.
 */
export function grantsOf(url: string, allowPrivate: readonly string[] = []): Grants {
  return readGrants([...allowPrivate, ...literalLoopback(url)]);
}

/** The address that a URL's host is, or undefined when it is a name. */
export function literalAddress(hostname: string): string | undefined {
  const text = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return isIP(text) === 0 ? undefined : text;
}

function parse(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  // `isIP` takes canonical forms only, where ipaddr.js would take octal and short ones; a zone names an interface.
  if (isIP(address) === 0 || address.includes('%')) return undefined;
  return ipaddr.parse(address);
}

function parseRange(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] | undefined {
  const [address = '', bits, ...rest] = text.split('/');
  const parsed = parse(address);
  if (parsed === undefined || rest.length > 0) return undefined;
  const most = parsed.kind() === 'ipv4' ? 32 : 128;
  if (bits === undefined) return [parsed, most];
  return /^\d{1,3}$/.test(bits) && Number(bits) <= most ? [parsed, Number(bits)] : undefined;
}

function lies(
  address: ipaddr.IPv4 | ipaddr.IPv6,
  [base, bits]: readonly [ipaddr.IPv4 | ipaddr.IPv6, number],
): boolean {
  return address.kind() === base.kind() && address.match(base, bits);
}

function ranges(grantable: boolean, table: Readonly<Record<string, string>>): Range[] {
  return Object.entries(table).map(([cidr, holds]) => ({
    cidr,
    holds,
    grantable,
    parsed: ipaddr.parseCIDR(cidr),
  }));
}
