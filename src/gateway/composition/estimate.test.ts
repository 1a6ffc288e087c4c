import { readFileSync } from 'node:fs';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { estimateTokens } from './estimate.ts';
import { createTokenizer } from './tokenize.ts';

const exact = createTokenizer();

function source(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}

const PROSE = `Please send me the invoice for March. Our accounting department needs it before the end of the week,
because the quarter closes on Friday and they would rather not book an estimate. If there were any credits for the
outage on the 12th, could you list them separately? We were told that the affected region was refunded in full.`;

const JSON_TEXT = JSON.stringify(
  Array.from({ length: 12 }, (_, index) => ({
    flight_number: `HAT${100 + index}`,
    origin: 'JFK',
    available_seats: { economy: index, business: 3 },
  })),
);

describe('the estimate', () => {
  it.each([
    ['prose', PROSE, 0.1],
    ['JSON', JSON_TEXT, 0.12],
    ['source code', source('./count.ts'), 0.12],
    [
      'Chinese',
      '人工智能是计算机科学的一个分支，它企图了解智能的实质，并生产出一种新的智能机器。该领域的研究包括机器人、语言识别和专家系统等。',
      0.25,
    ],
    [
      'Russian',
      'Пожалуйста, сообщите номер вашего бронирования, и мы изменим дату вылета без дополнительной платы.',
      0.25,
    ],
    [
      'German',
      'Bitte übermitteln Sie Ihre Buchungsnummer, damit wir die Änderung durchführen können. Vielen Dank für Ihre Geduld.',
      0.3,
    ],
  ])('is near the exact count of %s', (_name, text, tolerance) => {
    const tokens = exact(text);
    expect(Math.abs(estimateTokens(text) - tokens) / tokens).toBeLessThan(tolerance);
  });

  it('samples long texts and stays near', () => {
    const text = source('./estimate.ts').repeat(20);
    expect(Math.abs(estimateTokens(text) / exact(text) - 1)).toBeLessThan(0.2);
  });

  it('is a whole number, at least 1 for any text and 0 for none', () => {
    expect(estimateTokens('')).toBe(0);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }), (text) => {
        const tokens = estimateTokens(text);
        expect(Number.isInteger(tokens)).toBe(true);
        expect(tokens).toBeGreaterThanOrEqual(1);
        expect(estimateTokens(text)).toBe(tokens);
      }),
    );
  });
});

describe('exact counting', () => {
  it('takes control tokens as text', () => {
    expect(exact('<|endoftext|>')).toBeGreaterThan(1);
    expect(exact('hello world')).toBe(2);
  });

  it('cuts runs that would take time in their square, and stays near', () => {
    expect(exact('a'.repeat(400_000))).toBeGreaterThan(10_000);
    const words = ' word'.repeat(2_000);
    expect(exact(words)).toBe(2_000);
    const mixed = `${words}${'='.repeat(5_000)}${words}`;
    expect(exact(mixed)).toBeGreaterThanOrEqual(4_000);
    expect(exact(mixed)).toBeLessThan(4_200);
  });

  it('never fails on broken text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => exact(text) >= 0));
    expect(exact('\ud800 lone half')).toBeGreaterThan(0);
  });
});
