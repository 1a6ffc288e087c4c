/** OpenAI: pages of `GET /v1/organization/costs` and of `GET /v1/organization/usage/*`. */
import { parsePages, rowOf, rowsOf, textOf } from '../json.ts';
import type { JsonRow } from '../json.ts';
import { classOf, modelName, tierName } from '../names.ts';
import { checkCurrency, dollarsOf, parseDecimal, readRows, unitsOf } from '../statement.ts';
import type { Imported, StatementLine, TokenClass } from '../statement.ts';

interface Result {
  readonly day: string;
  readonly result: JsonRow;
}

export function importOpenaiCosts(text: string): Imported {
  return readRows(resultsOf(text), ({ day, result }, row) => {
    const amount = rowOf(result, 'amount');
    checkCurrency(textOf(amount, 'currency'));
    const item = textOf(result, 'line_item') ?? '';
    const { model, bucket, tier, credit } = readItem(item);
    const unit = textOf(result, 'quantity_unit');
    const quantity = textOf(result, 'quantity');
    const step = unit === '1000_tokens' ? 1_000 : 1;
    const counted = quantity !== undefined && (unit === 'tokens' || unit === '1000_tokens');
    return {
      row,
      provider: 'openai',
      day,
      monthly: false,
      charge: credit ? 'credit' : 'usage',
      account: textOf(result, 'project_id') ?? null,
      model,
      bucket,
      tier,
      region: null,
      units: counted ? unitsOf(quantity, { digits: BigInt(step), scale: 0 }) : null,
      step,
      cost: dollarsOf(required(amount, 'value')),
      text: item,
      invoice: null,
    };
  });
}

/** `gpt-4o-2024-08-06, cached input` or `gpt-4o batch, output`; the words behind the comma are the class. */
function readItem(
  item: string,
): Pick<StatementLine, 'model' | 'bucket' | 'tier'> & { readonly credit: boolean } {
  const credit = /credit|grant/i.test(item);
  const comma = item.indexOf(',');
  if (credit || comma < 0) return { model: null, bucket: null, tier: null, credit };
  const [named = '', tier = ''] = item
    .slice(0, comma)
    .trim()
    .split(/[\s|]+(?=batch|flex|priority)/i);
  const words = item.slice(comma + 1);
  const said = /batch|flex|priority/i.exec(tier || words)?.[0] ?? '';
  return { model: modelName(named), bucket: classOf(words), tier: tierName(said), credit };
}

const INPUT_PARTS: ReadonlyArray<readonly [string, TokenClass]> = [
  ['input_cached_tokens', 'cacheRead'],
  ['input_cache_write_tokens', 'cacheWrite'],
  ['input_audio_tokens', 'audioIn'],
  ['input_image_tokens', 'imageIn'],
];
const OUTPUT_PARTS: ReadonlyArray<readonly [string, TokenClass]> = [
  ['output_audio_tokens', 'audioOut'],
  ['output_image_tokens', 'imageOut'],
];

export function importOpenaiUsage(text: string): Imported {
  return readRows(resultsOf(text), ({ day, result }, row) => {
    const model = textOf(result, 'model');
    const batch = textOf(result, 'batch') === 'true';
    const tier = textOf(result, 'service_tier');
    const about = {
      row,
      provider: 'openai',
      day,
      monthly: false,
      charge: 'usage',
      account: textOf(result, 'project_id') ?? null,
      model: model === undefined ? null : modelName(model),
      tier: batch ? 'batch' : tier === undefined ? null : tierName(tier),
      region: null,
      step: 1,
      cost: null,
      text: textOf(result, 'object') ?? '',
      invoice: null,
    } as const;
    return usageOf(result)
      .filter(({ units }) => units !== 0n)
      .map(({ bucket, units }) => ({ ...about, bucket, units }));
  });
}

/** `input_tokens` includes what was cached, written and heard: the rest is fresh. */
function usageOf(result: JsonRow): ReadonlyArray<{ readonly bucket: TokenClass; readonly units: bigint }> {
  const parts = [...INPUT_PARTS, ...OUTPUT_PARTS].map(([name, bucket]) => ({
    bucket,
    units: countOf(result, name),
  }));
  const sumOf = (names: ReadonlyArray<readonly [string, TokenClass]>): bigint =>
    names.reduce((sum, [name]) => sum + countOf(result, name), 0n);
  const fresh = countOf(result, 'input_tokens') - sumOf(INPUT_PARTS);
  const output = countOf(result, 'output_tokens') - sumOf(OUTPUT_PARTS);
  if (fresh < 0n || output < 0n)
    throw new RangeError('states more cached, audio and image tokens than tokens');
  const searches = /web_search/.test(textOf(result, 'object') ?? '') ? countOf(result, 'num_requests') : 0n;
  return [
    { bucket: 'input', units: fresh },
    ...parts,
    { bucket: 'output', units: output },
    { bucket: 'webSearch', units: searches },
  ];
}

function countOf(result: JsonRow, name: string): bigint {
  return unitsOf(textOf(result, name) ?? '0');
}

function resultsOf(text: string): readonly Result[] {
  return parsePages(text).flatMap((page) =>
    rowsOf(page, 'data').flatMap((bucket) => {
      const day = secondsToDay(textOf(bucket, 'start_time'));
      return rowsOf(bucket, 'results').map((result) => ({ day, result }));
    }),
  );
}

function secondsToDay(text: string | undefined): string {
  const { digits, scale } = parseDecimal(text ?? '');
  const ms = Number(digits / 10n ** BigInt(scale)) * 1_000;
  if (!(ms > 0 && ms < 8.64e15)) throw new RangeError(`"${text ?? ''}" is not an instant in unix seconds`);
  return new Date(ms).toISOString().slice(0, 10);
}

function required(row: JsonRow, name: string): string {
  const value = textOf(row, name);
  if (value === undefined) throw new RangeError(`has no ${name}`);
  return value;
}
