/** A chart as a PNG, made in the browser: the drawing with its styles written into it, and what it rests on below. */
import { basisNow, priceBookText } from './basis.ts';
import { demoCompany } from './demo.ts';
import { dimensionLabel } from './dimensions.ts';
import { filtersNow } from './filters.ts';
import { periodText, shortInstant } from './instants.ts';
import { compareLabel, periodLabel } from './periods.ts';

const SCALE = 2;
const MARGIN = 24;
const LINE = 18;
const FONT_MS = 250;
const STYLES = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'stroke-opacity',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'font-variant-numeric',
  'letter-spacing',
  'text-anchor',
  'dominant-baseline',
  'paint-order',
  'display',
  'visibility',
] as const;

/** @returns a data address of the picture. */
export async function pictureOf(drawing: SVGSVGElement, title: string): Promise<string> {
  const { width, height } = drawing.getBoundingClientRect();
  const image = await imageOf(await standalone(drawing, width, height));
  const lines = linesBelow();
  const canvas = document.createElement('canvas');
  canvas.width = (width + 2 * MARGIN) * SCALE;
  canvas.height = (height + 3 * MARGIN + LINE * (lines.length + 1)) * SCALE;
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser has no canvas to draw on');
  const look = getComputedStyle(document.body);
  context.scale(SCALE, SCALE);
  context.fillStyle = colorOf('var(--surface)');
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = look.color;
  context.font = `600 14px ${look.fontFamily}`;
  context.fillText(title, MARGIN, MARGIN + 10);
  context.drawImage(image, MARGIN, MARGIN + LINE + 6, width, height);
  context.fillStyle = colorOf('var(--text-2)');
  context.font = `400 12px ${look.fontFamily}`;
  for (const [at, line] of lines.entries())
    context.fillText(line, MARGIN, 2 * MARGIN + LINE + height + LINE * (at + 0.5), width);
  return canvas.toDataURL('image/png');
}

/** Without its filters a figure means nothing: they stand on the picture. */
function linesBelow(): string[] {
  const { during, compare, where } = filtersNow();
  const basis = basisNow();
  const period = basis?.during === undefined ? periodLabel(during) : periodText(basis.during, basis.timeZone);
  const against = compare === 'off' ? '' : `, compared with: ${compareLabel(compare).toLowerCase()}`;
  const filters = where.map((condition) => {
    const [dimension = '', ...value] = condition.split('=');
    const named = value.join('=') || 'none named';
    return dimension.endsWith('!')
      ? `${dimensionLabel(dimension.slice(0, -1))} is not ${named}`
      : `${dimensionLabel(dimension)} ${named}`;
  });
  const facts = basis && [
    basis.timeZone,
    priceBookText(basis),
    basis.asOf === undefined ? undefined : `as of ${shortInstant(basis.asOf, basis.timeZone)}`,
  ];
  const demo = demoCompany.get();
  return [
    `${period}${against}`,
    filters.length === 0 ? 'All calls' : filters.join(' · '),
    (facts ?? []).filter((one) => one !== undefined).join(' · '),
    demo === '' ? '' : `Demo data: ${demo} is fictional`,
  ].filter((line) => line !== '');
}

/** The drawing as a document of its own: styles of the page do not reach into an image. */
async function standalone(drawing: SVGSVGElement, width: number, height: number): Promise<string> {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  copyStyles(drawing, copy);
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(height));
  bringAlong(copy);
  const style = document.createElementNS('http://www.w3.org/2000/svg', 'style');
  style.textContent = await fontFaces();
  copy.prepend(style);
  return new XMLSerializer().serializeToString(copy);
}

function copyStyles(from: Element, to: Element): void {
  const computed = getComputedStyle(from);
  if (to instanceof SVGElement)
    for (const name of STYLES) to.style.setProperty(name, computed.getPropertyValue(name));
  for (const [at, child] of [...from.children].entries()) {
    const other = to.children[at];
    if (other !== undefined) copyStyles(child, other);
  }
}

/** Patterns and gradients that the drawing uses and another one on the page holds. */
function bringAlong(copy: SVGSVGElement): void {
  const used = new Set(
    [...new XMLSerializer().serializeToString(copy).matchAll(/url\(["']?[^)#]*#([^)"']+)/g)].map(
      ([, id]) => id ?? '',
    ),
  );
  for (const id of used) {
    const held = document.getElementById(id);
    if (held === null || copy.querySelector(`#${CSS.escape(id)}`) !== null) continue;
    const brought = held.cloneNode(true) as Element;
    copyStyles(held, brought);
    copy.prepend(brought);
  }
}

/** The page's own fonts, written into the drawing: an image loads nothing. */
async function fontFaces(): Promise<string> {
  const faces = [...document.styleSheets]
    .flatMap((sheet) => [...sheet.cssRules])
    .filter((rule): rule is CSSFontFaceRule => rule instanceof CSSFontFaceRule)
    .filter(({ style }) => isLatin(style) && /Geist/.test(style.getPropertyValue('font-family')));
  const texts = await Promise.all(
    faces.map(async ({ style, parentStyleSheet }) => {
      const [, address = ''] = /url\("?([^")]+)"?\)/.exec(style.getPropertyValue('src')) ?? [];
      const url = new URL(address, parentStyleSheet?.href ?? location.href);
      const data = await dataOf(await (await fetch(url)).blob());
      return `@font-face{font-family:${style.getPropertyValue('font-family')};font-weight:100 900;src:url(${data})}`;
    }),
  );
  return texts.join('');
}

function isLatin(style: CSSStyleDeclaration): boolean {
  const range = style.getPropertyValue('unicode-range');
  return range === '' || /U\+0+-0*FF\b/i.test(range);
}

function dataOf(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve(String(reader.result)));
    reader.addEventListener('error', () => reject(new Error('a font could not be read')));
    reader.readAsDataURL(blob);
  });
}

async function imageOf(svg: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  await new Promise((resolve) => setTimeout(resolve, FONT_MS)); // browsers do not say when its fonts are ready
  return image;
}

/** What a token is now, light or dark. */
function colorOf(token: string): string {
  const probe = document.createElement('i');
  probe.style.color = token;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
