/** The tokens of charts, computed in both themes: text 4.5:1 on what it stands on, marks 3:1 where they carry meaning alone. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { DOLLAR_PARTS } from '../src/web/parts/marks/dollar.ts';

const css = readFileSync(new URL('../src/web/tokens.css', import.meta.url), 'utf8');
const OKLCH = String.raw`oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)`;
const TOKEN = new RegExp(String.raw`--([\w-]+):\s*light-dark\(\s*${OKLCH},\s*${OKLCH}\s*\)`, 'g');

type Theme = 'light' | 'dark';
type Colour = readonly [number, number, number];
const numbers = (...texts: Array<string | undefined>): Colour => texts.map(Number) as unknown as Colour;
const tokens = new Map(
  [...css.matchAll(TOKEN)].map(([, name = '', a, b, c, d, e, f]) => [
    name,
    { light: numbers(a, b, c), dark: numbers(d, e, f) },
  ]),
);

/** Relative luminance of an OKLCH colour, clipped to what a screen shows. */
function luminance([lightness, chroma, hue]: Colour): number {
  const turn = (hue * Math.PI) / 180;
  const [a, b] = [chroma * Math.cos(turn), chroma * Math.sin(turn)];
  const long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const clip = (value: number): number => Math.max(0, Math.min(1, value));
  const red = clip(4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short);
  const green = clip(-1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short);
  const blue = clip(-0.0041960863 * long - 0.7034186147 * middle + 1.707614701 * short);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string, theme: Theme): number {
  const [a, b] = [one, other].map((name) => {
    const token = tokens.get(name);
    if (token === undefined) throw new Error(`tokens.css has no --${name}`);
    return luminance(token[theme]);
  }) as [number, number];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

const THEMES = ['light', 'dark'] as const;
const RAMP: Readonly<Record<string, string>> = {
  'c-sys': 'in-1',
  'c-tools': 'in-2',
  'c-hist': 'in-3',
  'c-ret': 'in-4',
  'c-user': 'in-5',
  'c-text': 'out-1',
  'c-reas': 'out-2',
  'c-call': 'out-3',
};

it('knows black on white', () => {
  expect((luminance([1, 0, 0]) + 0.05) / (luminance([0, 0, 0]) + 0.05)).toBeCloseTo(21, 1);
});

describe.each(THEMES)('%s', (theme) => {
  it.each(['text-1', 'text-2', 'text-3', 'good', 'bad', 'warn', 'accent'])('%s can be read', (name) => {
    for (const ground of ['surface', 'bg', 'surface-2'])
      expect(contrast(name, ground, theme), ground).toBeGreaterThanOrEqual(4.5);
  });

  it.each(['actual', 'plan', 'demand', 'good', 'bad', 'accent', 'control'])(
    '%s can be told from its ground',
    (name) => {
      expect(contrast(name, 'surface', theme)).toBeGreaterThanOrEqual(3);
    },
  );

  it.each(['cat-1', 'cat-2', 'cat-3', 'cat-4', 'cat-5', 'cat-6', 'cat-7', 'cat-8', 'cat-other'])(
    '%s can be told from its ground',
    (name) => {
      expect(contrast(name, 'surface', theme)).toBeGreaterThanOrEqual(3);
    },
  );

  it.each(DOLLAR_PARTS.flatMap(({ label, mark, on }) => (on === undefined ? [] : [{ label, mark, on }])))(
    'the name inside $label can be read',
    ({ mark, on }) => {
      expect(contrast(on, RAMP[mark] ?? '', theme)).toBeGreaterThanOrEqual(4.5);
    },
  );
});
