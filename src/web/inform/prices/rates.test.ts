import { describe, expect, it } from 'vitest';

import type { Price } from '../../../api/contract/prices.ts';
import { findPrices } from './book.tsx';
import { EMPTY_PRICE, formOfPrice, priceOf, problemOfPrice } from './price-form.ts';
import { bucketLabel, firstRate, holdsText, multipleText, originText, rateText, scopeText } from './rates.ts';

const PRICE: Price = {
  provider: 'openai',
  model: 'gpt-5.2',
  origin: 'list',
  source: 'genai-prices',
  from: null,
  until: null,
  daily: null,
  tier: null,
  multiplier: null,
  team: null,
  account: null,
  region: null,
  kind: 'list',
  decision: null,
  rates: [
    { bucket: 'freshIn', rate: '1.75', aboveTokens: null },
    { bucket: 'freshIn', rate: '3.5', aboveTokens: 200_000 },
    { bucket: 'textOut', rate: '14', aboveTokens: null },
  ],
  note: '',
};

describe('rates', () => {
  it('keep every digit, and two decimals at least', () => {
    expect(['14', '0.10875', '1.75', '2500'].map(rateText)).toEqual(['14.00', '0.10875', '1.75', '2,500.00']);
  });
  it('are those from the first token on in a column', () => {
    expect(firstRate(PRICE, 'freshIn')).toBe('1.75');
    expect(firstRate(PRICE, 'cacheRead')).toBeUndefined();
  });
  it('buckets are named as on receipts, and others in words', () => {
    expect(['freshIn', 'cacheWrite1h', 'cacheWrite', 'request'].map(bucketLabel)).toEqual([
      'Input',
      'Cache write, 1 h',
      'Cache write',
      'Request',
    ]);
  });
});

describe('what a price says of itself', () => {
  it.each<[Pick<Price, 'from' | 'until' | 'daily'>, string]>([
    [{ from: null, until: null, daily: null }, 'always'],
    [{ from: '2027-01-01', until: null, daily: null }, 'from 1 Jan 2027'],
    [{ from: '2026-01-01', until: '2026-12-31', daily: null }, 'from 1 Jan 2026, until 31 Dec 2026'],
    [{ from: null, until: null, daily: { fromSecond: 59_400, untilSecond: 1_800 } }, '16:30–00:30 UTC'],
  ])('%j holds %s', (price, text) => {
    expect(holdsText(price)).toBe(text);
  });
  it.each([
    ['0.9', '10% off list'],
    ['0.875', '12.5% off list'],
    ['1.2', '1.2 × list'],
  ])('a multiple of %s is %s', (multiplier, text) => {
    expect(multipleText(multiplier)).toBe(text);
  });
  it('where it is from, and whom it is for', () => {
    expect(originText(PRICE)).toBe('list');
    expect(originText({ origin: 'override', decision: null, source: 'settings' })).toBe('settings');
    expect(originText({ origin: 'override', decision: 'd1', source: 'd1' })).toBe('decision');
    expect(scopeText({ team: 'CX', account: null, tier: 'batch' })).toBe('team CX · tier batch');
  });
});

describe('finding a price', () => {
  const own: Price = {
    ...PRICE,
    provider: 'azure',
    model: 'gpt-4o',
    kind: 'agreed',
    origin: 'override',
    decision: 'd1',
  };
  const all = [PRICE, own];
  it('needs every word, in provider or model; your own come first', () => {
    expect(findPrices(all, 'gpt', '')).toEqual([own, PRICE]);
    expect(findPrices(all, 'openai/GPT-5', '')).toEqual([PRICE]);
    expect(findPrices(all, 'openai 4o', '')).toEqual([]);
  });
  it('by where it is from', () => {
    expect(findPrices(all, '', 'decision')).toEqual([own]);
    expect(findPrices(all, '', 'list')).toEqual([PRICE]);
    expect(findPrices(all, '', 'dated')).toEqual([]);
  });
});

describe('a price as it is typed', () => {
  it('sends what was said and nothing else', () => {
    const form = {
      ...EMPTY_PRICE,
      provider: ' openai ',
      model: 'gpt-5.2',
      rates: { freshIn: ' 2.5', textOut: '' },
    };
    expect(priceOf({ ...form, reason: 'contract' }, '')).toEqual({
      provider: 'openai',
      model: 'gpt-5.2',
      rates: { freshIn: '2.5' },
      reason: 'contract',
    });
  });
  it('begins with the rates of the book', () => {
    expect(formOfPrice(PRICE)).toMatchObject({ rates: { freshIn: '1.75', textOut: '14' }, supersedes: '' });
  });
  it.each([
    [EMPTY_PRICE, /provider and model/],
    [{ ...EMPTY_PRICE, provider: 'a', model: 'b' }, /at least one rate/],
    [{ ...EMPTY_PRICE, provider: 'a', model: 'b', rates: { freshIn: '2,5' } }, /decimal number/],
    [{ ...EMPTY_PRICE, provider: 'a', model: 'b', how: 'percentOff' as const }, /per cent/],
    [{ ...EMPTY_PRICE, provider: 'a', model: 'b', rates: { freshIn: '2.5' } }, /^$/],
  ])('%# says what is missing', (form, problem) => {
    expect(problemOfPrice(form)).toMatch(problem);
  });
});
