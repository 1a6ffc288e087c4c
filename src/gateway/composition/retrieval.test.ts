import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { cutRetrieved } from './retrieval.ts';

function retrieved(text: string, delimiters: ReadonlyArray<readonly [string, string]> = []): string[] {
  return cutRetrieved(text, delimiters)
    .filter((piece) => piece.retrieved)
    .map((piece) => piece.text);
}

describe('marks of retrieved text', () => {
  it.each([
    ['none', 'What is <b>this</b>?', []],
    ['context', 'Use <context>facts</context> to answer', ['<context>facts</context>']],
    [
      'attributes',
      '<document index="1" source="a.md">x</document>?',
      ['<document index="1" source="a.md">x</document>'],
    ],
    [
      'nested marks are one span',
      '<documents><document>x</document></documents> q',
      ['<documents><document>x</document></documents>'],
    ],
    ['two spans', '<source>a</source> and <source>b</source>', ['<source>a</source>', '<source>b</source>']],
    ['any case', '<Context>a</CONTEXT>', ['<Context>a</CONTEXT>']],
    ['never closed', 'see <context> above', []],
    ['closed before it opens', '</context> <context>', []],
    ['another name', '<contextual>a</contextual>', []],
    [
      'search results',
      'q <search_results>\n1. a\n</search_results>',
      ['<search_results>\n1. a\n</search_results>'],
    ],
    ['letters that grow when lower-cased', 'İ <context>a</context>', ['<context>a</context>']],
  ])('%s', (_name, text, spans) => {
    expect(retrieved(text)).toEqual(spans);
  });

  it('adds the marks of the workflow', () => {
    expect(retrieved('[[KB]] a [[/KB]] q <context>b</context>', [['[[KB]]', '[[/KB]]']])).toEqual([
      '[[KB]] a [[/KB]]',
      '<context>b</context>',
    ]);
    expect(retrieved('--- a --- b', [['---', '---']])).toEqual(['--- a ---']);
    expect(
      retrieved('abc', [
        ['', 'c'],
        ['a', ''],
      ]),
    ).toEqual([]);
  });

  it('cuts and loses nothing', () => {
    const word = fc.constantFrom(
      '<context>',
      '</context>',
      '<document a="1">',
      '</document>',
      '[[',
      ']]',
      ' text ',
      'İ',
      '<',
      '>',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => {
        const text = words.join('');
        const pieces = cutRetrieved(text, [['[[', ']]']]);
        expect(pieces.map((piece) => piece.text).join('')).toBe(text);
        expect(pieces.every((piece) => piece.text !== '')).toBe(true);
      }),
    );
  });

  it('takes linear time on text made to be slow', () => {
    // Each of these took minutes with a search per mark; the test's own time limit is the assertion.
    for (const unit of ['<context>', '<context ', '<context></document>', '[[', '<sources><source>']) {
      const text = `${unit.repeat(200_000)}</passage>`;
      expect(
        cutRetrieved(text, [['[[', ']]']])
          .map((piece) => piece.text.length)
          .reduce((a, b) => a + b, 0),
      ).toBe(text.length);
    }
  });
});
