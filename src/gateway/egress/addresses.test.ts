import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { grantProblem, grantsOf, judgeAddress, literalLoopback, NO_GRANTS, readGrants } from './addresses.ts';

function verdict(address: string, ...grants: string[]): string {
  const judged = judgeAddress(address, readGrants(grants));
  return judged.kind === 'allowed' ? 'allowed' : judged.range.cidr;
}

describe('an address', () => {
  it.each([
    '8.8.8.8',
    '104.18.6.192',
    '9.255.255.255',
    '11.0.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '2606:4700::6812:7c0',
    '2a00:1450:4001::5f',
  ])('%s is public', (address) => expect(verdict(address)).toBe('allowed'));

  it.each([
    '',
    'localhost',
    '127.1',
    '0177.0.0.1',
    '0x7f.0.0.1',
    '2130706433',
    '[::1]',
    'fe80::1%lo',
    '127.0.0.1 ',
    '1.2.3.4.5',
    '::g',
  ])('%j is none, so it is not called', (text) => expect(verdict(text)).not.toBe('allowed'));

  it('of any IPv6 form of a private IPv4 address is refused', () => {
    const octet = fc.nat(255);
    fc.assert(
      fc.property(
        fc.constantFrom('::ffff:', '::', '64:ff9b::', '::ffff:0:', '64:ff9b:1::'),
        fc.tuple(fc.constantFrom(10, 127), octet, octet, octet),
        (prefix, bytes) => {
          expect(verdict(`${prefix}${bytes.join('.')}`)).not.toBe('allowed');
        },
      ),
    );
  });

  it('outside of global unicast is refused, whatever it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0x4000, max: 0xffff }), fc.ipV6(), (first, rest) => {
        fc.pre(!rest.includes('.'));
        expect(verdict(`${first.toString(16)}::${rest.split(':').at(-1) || '1'}`)).not.toBe('allowed');
      }),
    );
  });
});

describe('a grant', () => {
  it('opens its own range and nothing beside it', () => {
    expect(verdict('10.1.2.3', '10.1.0.0/16')).toBe('allowed');
    expect(verdict('10.2.0.1', '10.1.0.0/16')).toBe('10.0.0.0/8');
    expect(verdict('::1', '127.0.0.0/8')).toBe('::1/128');
    expect(verdict('::ffff:10.1.2.3', '10.1.0.0/16')).toBe('::ffff:0:0/96');
    expect([verdict('127.0.0.9', 'loopback'), verdict('::1', 'loopback')]).toEqual(['allowed', 'allowed']);
  });

  it('never opens where clouds keep credentials', () => {
    expect(verdict('100.100.100.200', '100.64.0.0/10')).toBe('100.100.100.200/32');
    expect(verdict('fd00:ec2::254', 'fc00::/7')).toBe('fd00:ec2::254/128');
    expect(verdict('fd00:ec2::255', 'fc00::/7')).toBe('allowed');
  });

  it('of NAT64 opens public addresses behind it only', () => {
    expect(verdict('64:ff9b::808:808')).toBe('64:ff9b::/96');
    expect(verdict('64:ff9b::808:808', '64:ff9b::/96')).toBe('allowed');
    expect(verdict('64:ff9b::7f00:1', '64:ff9b::/96')).toBe('127.0.0.0/8');
    expect(verdict('64:ff9b::a9fe:a9fe', '64:ff9b::/96')).toBe('169.254.0.0/16');
  });

  it('lies in one private range, else it is none', () => {
    expect(['10.0.0.0/8', '10.1.2.3', 'fc00::/7', 'loopback', '64:ff9b::/96'].map(grantProblem)).toEqual([
      '',
      '',
      '',
      '',
      '',
    ]);
    for (const text of [
      '0.0.0.0/0',
      '8.0.0.0/7',
      '::/0',
      '224.0.0.0/4',
      '169.254.0.0/16',
      '1.2.3.4',
      '10.0.0.0/8/8',
    ])
      expect(grantProblem(text)).not.toBe('');
    expect(() => readGrants(['0.0.0.0/0'])).toThrow(RangeError);
  });
});

describe('a base URL', () => {
  it.each([
    ['http://localhost:11434/v1', ['127.0.0.1/32', '::1/128']],
    ['http://127.0.0.1:8000/v1', ['127.0.0.1/32']],
    ['http://127.0.0.53/v1', ['127.0.0.53/32']],
    ['http://[::1]:8000/v1', ['::1/128']],
  ])('%s grants exactly itself', (url, granted) => expect(grantsOf(url).text).toEqual(granted));

  it.each([
    'http://localhost.evil.example/',
    'http://10.0.0.1/',
    'http://0.0.0.0/',
    'http://[::ffff:127.0.0.1]/',
    'http://localhost./',
    'http://127.0.0.1.nip.io/',
    'http://127.1/',
    'http://0x7f000001/',
    'http://me@127.0.0.1/',
  ])('%s grants nothing', (url) => {
    expect(literalLoopback(url)).toEqual([]);
    expect(grantsOf(url)).toBe(NO_GRANTS);
  });
});
