/** `/api/v1/prices/what-if`: what a past span would have cost. A body can say all of it, an address can be saved by a browser. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';

import { readAsk } from '../asking.ts';
import { API_PREFIX } from '../contract.ts';
import { PriceEdit, WhatIfAnswer, WhatIfAsk, WhatIfQuery } from '../contract/prices.ts';
import { ledgerFor } from '../leaving.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import {
  bookOf,
  laidOver,
  onlyRangeError,
  orRefusal,
  priceNames,
  toPrice,
  unknownVersion,
} from '../pricing.ts';
import { refuse, refuseFields } from '../problems.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';
import { whatIfTable } from '../tables/what-if.ts';
import { formatOf, jsonOrFile, questionText, sendFile } from '../tabling.ts';
import { askWhatIf } from '../../operate/operate.ts';
import type { ModelMapping } from '../../prices/prices.ts';

const PATH = `${API_PREFIX}/prices/what-if`;
const READING = ['bad_request', 'login_needed', 'not_found', 'price_refused'] as const;
const POSTING = [...READING, 'origin_not_allowed', 'too_large', 'unsupported_media_type'] as const;

export function mountWhatIf(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const ask = secured(parts.access, 'prices:read', {
    method: 'post',
    path: PATH,
    operationId: 'whatIfPrices',
    summary:
      'What a past span would have cost by another version, a draft, or at other models; nothing is posted',
    tags: ['prices'],
    request: { body: { required: true, content: { 'application/json': { schema: WhatIfAsk } } } },
    responses: { 200: jsonOf(WhatIfAnswer, 'Before, after and the difference.'), ...problemsOf(...POSTING) },
  });
  app.openapi(ask, async (context) => {
    const answered = await answerOf(parts, context, context.req.valid('json'));
    return answered instanceof Response ? (answered as never) : context.json(answered, 200);
  });

  const save = secured(parts.access, 'prices:read', {
    method: 'get',
    path: PATH,
    operationId: 'whatIfPricesAsFile',
    summary: 'The same, asked in an address, and as a file',
    tags: ['prices'],
    request: { query: WhatIfQuery },
    responses: {
      200: jsonOrFile(WhatIfAnswer, 'Before, after and the difference.'),
      ...problemsOf(...READING),
    },
  });
  app.openapi(save, async (context) => {
    const { map = [], draft: text, format: said, ...words } = context.req.valid('query');
    const draft = text === undefined ? undefined : readDraft(text);
    if (draft === null)
      return refuseFields(context, [{ path: 'draft', message: 'is no price in JSON, as a POST takes it' }]);
    const mapping = [map].flat().map(readPair);
    const answered = await answerOf(parts, context, { ...words, mapping, ...(draft && { draft }) });
    if (answered instanceof Response) return answered as never;
    const format = formatOf(context, said);
    if (format === undefined) return context.json(answered, 200);
    const table = whatIfTable(answered, questionText(context));
    return sendFile(context, format, table, { name: ['what-if', answered.during.text] });
  });
}

/** @returns the refusal, where it cannot be told. */
async function answerOf(
  parts: ApiParts,
  context: Context<ApiEnvironment>,
  { version, draft, mapping = [], ...words }: WhatIfAsk,
): Promise<WhatIfAnswer | Response> {
  const around = { nowMs: parts.now(), timeZone: parts.timeZone };
  const ask = readAsk({ ...words, by: words.by ?? 'provider,model' }, around);
  if (ask.kind === 'problems') return refuseFields(context, ask.problems);
  const chosen = await bookOf(parts, version);
  if (chosen === undefined) return unknownVersion(context, version);
  const drawn = orRefusal(() => ({
    book: draft === undefined ? chosen : laidOver(chosen, toPrice(draft)),
    mapping: mapping.map(readMapping),
  }));
  if (drawn instanceof RangeError) return refuse(context, 'price_refused', drawn.message);
  const { during, where, by, duringText: text, timeZone } = ask.value;
  const answered = await askWhatIf(ledgerFor(parts, context), {
    during,
    where,
    by,
    ...drawn,
    booked: parts.priceBook(),
    priceName: priceNames(parts),
  }).catch(onlyRangeError);
  if (answered instanceof RangeError)
    return refuseFields(context, [{ path: 'by', message: answered.message }]);
  const instant = (ms: number): string => new Date(ms).toISOString();
  return {
    ...answered,
    rows: answered.rows.map((row) => ({ ...row, group: [...row.group] })),
    inexact: [...answered.inexact],
    unpriced: [...answered.unpriced],
    lockedMonths: [...answered.lockedMonths],
    by: [...by],
    during: { text, from: instant(during.fromMs), to: instant(during.toMs) },
    basis: mapping.length > 0 ? 'assumed' : 'measured',
    priceBookVersion: drawn.book.version,
    timeZone,
    currency: 'USD',
  };
}

function readPair(text: string): { from: string; to: string } {
  const at = text.indexOf('=');
  return { from: text.slice(0, Math.max(at, 0)), to: text.slice(at + 1) };
}

/** Null: it is none. */
function readDraft(text: string): PriceEdit | null {
  try {
    return PriceEdit.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** @throws RangeError when an end is no `provider/model`. */
function readMapping({ from, to }: { readonly from: string; readonly to: string }): ModelMapping {
  const end = (text: string): ModelMapping['to'] => {
    const at = text.indexOf('/');
    if (at < 1 || at === text.length - 1)
      throw new RangeError(`mapping: "${text}" is no provider/model; write for example openai/gpt-4o`);
    return { provider: text.slice(0, at), model: text.slice(at + 1) };
  };
  return { from: end(from), to: end(to) };
}
