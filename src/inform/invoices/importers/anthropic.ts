/**
 * Anthropic: pages of `usage_report/messages` and of `cost_report`. Amounts of the cost report are in cents: `"123.45"`
 * is $1.2345. The cost of the priority tier is never in it.
 */
import { parsePages, rowOf, rowsOf, textOf } from '../json.ts';
import type { JsonRow } from '../json.ts';
import { classOf, modelName, tierName } from '../names.ts';
import { checkCurrency, dayOf, parseDecimal, readRows, toPicodollars, unitsOf } from '../statement.ts';
import type { Imported, TokenClass } from '../statement.ts';

const CENTS_SCALE = 2;

export function importAnthropicCost(text: string): Imported {
  return readRows(resultsOf(text), ({ day, result }, row) => {
    checkCurrency(textOf(result, 'currency'));
    const { digits, scale } = parseDecimal(textOf(result, 'amount') ?? '');
    const description = textOf(result, 'description') ?? '';
    const model = textOf(result, 'model') ?? modelOf(description);
    const tier = textOf(result, 'service_tier');
    const type = textOf(result, 'token_type') ?? '';
    return {
      row,
      provider: 'anthropic',
      day,
      monthly: false,
      charge: /credit/i.test(description) ? 'credit' : 'usage',
      account: textOf(result, 'workspace_id') ?? null,
      model: model === undefined ? null : modelName(model),
      bucket: classOf(type || textOf(result, 'cost_type') || '') ?? classOf(description),
      tier: tier === undefined ? null : tierName(tier),
      region: textOf(result, 'inference_geo') ?? null,
      units: null,
      step: 1,
      cost: toPicodollars({ digits, scale: scale + CENTS_SCALE }),
      text: description || type,
      invoice: null,
    };
  });
}

function modelOf(description: string): string | undefined {
  return /^(claude .+?) (usage|cost|batch)/i.exec(description)?.[1];
}

export function importAnthropicUsage(text: string): Imported {
  return readRows(resultsOf(text), ({ day, result }, row) => {
    const model = textOf(result, 'model');
    const tier = textOf(result, 'service_tier');
    const about = {
      row,
      provider: 'anthropic',
      day,
      monthly: false,
      charge: 'usage',
      account: textOf(result, 'workspace_id') ?? null,
      model: model === undefined ? null : modelName(model),
      tier: tier === undefined ? null : tierName(tier),
      region: textOf(result, 'inference_geo') ?? null,
      step: 1,
      cost: null,
      text: 'usage_report/messages',
      invoice: null,
    } as const;
    return usageOf(result)
      .map(([bucket, count]) => ({ ...about, bucket, units: unitsOf(count ?? '0') }))
      .filter(({ units }) => units !== 0n);
  });
}

function usageOf(result: JsonRow): ReadonlyArray<readonly [TokenClass, string | undefined]> {
  const written = rowOf(result, 'cache_creation');
  return [
    ['input', textOf(result, 'uncached_input_tokens')],
    ['cacheRead', textOf(result, 'cache_read_input_tokens')],
    ['cacheWrite5m', textOf(written, 'ephemeral_5m_input_tokens')],
    ['cacheWrite1h', textOf(written, 'ephemeral_1h_input_tokens')],
    ['output', textOf(result, 'output_tokens')],
    ['webSearch', textOf(rowOf(result, 'server_tool_use'), 'web_search_requests')],
  ];
}

function resultsOf(text: string): ReadonlyArray<{ readonly day: string; readonly result: JsonRow }> {
  return parsePages(text).flatMap((page) =>
    rowsOf(page, 'data').flatMap((bucket) => {
      const day = dayOf(textOf(bucket, 'starting_at') ?? '');
      return rowsOf(bucket, 'results').map((result) => ({ day, result }));
    }),
  );
}
