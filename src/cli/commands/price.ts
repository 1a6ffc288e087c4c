/** `setpoint price list`: the price book in force. */
import type { Price, PriceList } from '../../api/contract/prices.ts';
import { countText, NONE } from '../../units/figures.ts';
import { BUCKETS } from '../../units/tokens.ts';
import { exactDollars } from '../figures.ts';
import { EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import { renderCsv, renderMarkdown, renderTable } from '../table.ts';
import type { Sheet } from '../table.ts';

export async function runPriceList(
  command: Command,
  ask: { readonly provider?: string; readonly model?: string },
): Promise<number> {
  const list = await (await command.client()).prices(ask);
  command.print(render(command, list));
  if (command.format === 'table')
    command.say(
      `price book ${list.priceBookVersion} · dollars per million units${list.hasMore ? ' · more rows: narrow with --provider or --model' : ''}`,
    );
  return EXIT.ok;
}

function render(command: Command, list: PriceList): string {
  switch (command.format) {
    case 'json':
      return JSON.stringify(list, null, 2);
    case 'ndjson':
      return list.prices.map((price) => JSON.stringify(price)).join('\n');
    case 'csv':
      return renderCsv([
        [
          'provider',
          'model',
          'origin',
          'source',
          'from',
          'until',
          'tier',
          'multiplier',
          'bucket',
          'dollarsPerMillion',
          'aboveTokens',
        ],
        ...list.prices.flatMap((price) =>
          price.rates.map((rate) => [
            price.provider,
            price.model,
            price.origin,
            price.source,
            price.from,
            price.until,
            price.tier,
            price.multiplier,
            rate.bucket,
            rate.rate,
            rate.aboveTokens,
          ]),
        ),
      ]);
    case 'md':
      return renderMarkdown(priceSheet(list.prices));
    default:
      return list.prices.length === 0
        ? 'No such price. Calls of this model are unpriced until one is set under prices.overrides in setpoint.yaml.'
        : renderTable(priceSheet(list.prices), command.style);
  }
}

function priceSheet(prices: readonly Price[]): Sheet {
  const rows = prices.flatMap((price) => {
    const rates = price.rates.map(({ bucket, rate, aboveTokens }) => [
      rateLabel(bucket, aboveTokens),
      exactDollars(rate, 2),
    ]);
    const scaled = price.multiplier === null ? [] : [['all other', `list × ${price.multiplier}`]];
    return [...rates, ...scaled].map((cells) => [
      price.provider,
      price.model,
      ...cells,
      when(price),
      price.origin,
    ]);
  });
  return {
    columns: [
      { header: 'Provider', align: 'left' },
      { header: 'Model', align: 'left' },
      { header: 'Item', align: 'left' },
      { header: '$ per million', align: 'right' },
      { header: 'When', align: 'left' },
      { header: 'From', align: 'left' },
    ],
    rows,
  };
}

function rateLabel(bucket: string, aboveTokens: number | null): string {
  const label = bucket in BUCKETS ? BUCKETS[bucket as keyof typeof BUCKETS].label : bucket;
  return aboveTokens === null ? label : `${label}, above ${countText(aboveTokens)} tokens in`;
}

function when(price: Price): string {
  const clock = (seconds: number): string => new Date(seconds * 1_000).toISOString().slice(11, 16);
  const words = [
    price.from === null ? '' : `from ${price.from}`,
    price.until === null ? '' : `until ${price.until}`,
    price.daily === null ? '' : `${clock(price.daily.fromSecond)}-${clock(price.daily.untilSecond)} UTC`,
    price.tier === null ? '' : `tier ${price.tier}`,
  ].filter((word) => word !== '');
  return words.length === 0 ? NONE : words.join(', ');
}
