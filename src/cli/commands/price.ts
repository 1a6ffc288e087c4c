/** `setpoint price list`: the price book in force. */
import type { Price, PriceList } from '../../api/contract/prices.ts';
import { countText, NONE } from '../../units/figures.ts';
import { BUCKETS } from '../../units/tokens.ts';
import { exactDollars } from '../figures.ts';
import { CliError, EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import { renderCsv, renderMarkdown, renderTable } from '../table.ts';
import type { Sheet } from '../table.ts';
import { fileAsked, runFile } from './files.ts';

export async function runPriceList(
  command: Command,
  ask: {
    readonly provider?: string;
    readonly model?: string;
    readonly version?: string;
    readonly at?: string;
  },
): Promise<number> {
  const file = fileAsked(command);
  if (file !== undefined) return runFile(command, file, 'prices', ask);
  const list = await (await command.client()).prices(ask);
  command.print(render(command, list));
  if (ask.version !== undefined && list.source !== null)
    command.say(
      `list of ${list.source.publishedOn}: ${list.source.name} (${list.source.edition}, ${list.source.license})`,
    );
  if (command.format === 'table')
    command.say(
      `price book ${list.priceBookVersion} · dollars per million units${list.hasMore ? ' · more rows: narrow with --provider or --model' : ''}`,
    );
  return EXIT.ok;
}

export async function runPriceVersions(command: Command): Promise<number> {
  if (command.file !== undefined)
    throw new CliError(
      'The list of versions is no file. Name a version to have its prices as one.',
      EXIT.usage,
    );
  const answer = await (await command.client()).priceVersions();
  const { versions, inForce } = answer;
  const rows = versions.map((one) => [
    one.version,
    one.keptAt.slice(0, 19),
    one.source?.publishedOn ?? NONE,
    String(one.overrides),
    one.version === inForce ? 'in force' : '',
  ]);
  show(
    command,
    answer,
    { columns: left(['Version', 'Published', 'List of', 'Decided prices', 'State']), rows },
    versions,
  );
  return EXIT.ok;
}

export async function runPriceHistory(command: Command, name: string | undefined): Promise<number> {
  const at = name?.indexOf('/') ?? -1;
  const ask =
    name === undefined ? {} : { provider: name.slice(0, Math.max(at, 0)), model: name.slice(at + 1) };
  const answer = await (await command.client()).priceDecisions(ask);
  const rows = answer.decisions.map((one) => [
    one.id,
    one.at.slice(0, 19),
    one.actor,
    one.action === 'set' ? `${one.provider ?? ''}/${one.model ?? ''}` : `withdraws ${one.ends ?? ''}`,
    one.from?.slice(0, 10) ?? NONE,
    one.until?.slice(0, 10) ?? NONE,
    one.standing,
    one.reason,
  ]);
  const sheet = {
    columns: left(['Id', 'Decided', 'By', 'What', 'From', 'Until', 'Standing', 'Reason']),
    rows,
  };
  show(command, answer, sheet, answer.decisions);
  return EXIT.ok;
}

function left(headers: readonly string[]): Sheet['columns'] {
  return headers.map((header) => ({ header, align: 'left' }));
}

function show(command: Command, answer: object, sheet: Sheet, items: readonly object[]): void {
  if (command.format === 'json') command.print(JSON.stringify(answer, null, 2));
  else if (command.format === 'ndjson') command.print(items.map((item) => JSON.stringify(item)).join('\n'));
  else if (command.format === 'csv')
    command.print(renderCsv([sheet.columns.map(({ header }) => header), ...sheet.rows]));
  else if (command.format === 'md') command.print(renderMarkdown(sheet));
  else command.print(sheet.rows.length === 0 ? 'None yet.' : renderTable(sheet, command.style));
}

function render(command: Command, list: PriceList): string {
  switch (command.format) {
    case 'json':
      return JSON.stringify(list, null, 2);
    case 'md':
      return renderMarkdown(priceSheet(list.prices));
    default:
      return list.prices.length === 0
        ? 'No such price. Calls of this model are unpriced until one is set: setpoint price set provider/model --input … --output … --reason …'
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
      { header: 'Source', align: 'left' },
    ],
    rows,
  };
}

/** What prices are quoted for beside buckets. */
const LABELS: Readonly<Record<string, string>> = { cacheWrite: 'cache write', request: 'request' };

function rateLabel(bucket: string, aboveTokens: number | null): string {
  const label =
    bucket in BUCKETS ? BUCKETS[bucket as keyof typeof BUCKETS].label : (LABELS[bucket] ?? bucket);
  return aboveTokens === null ? label : `${label}, above ${countText(aboveTokens)} tokens in`;
}

/** An instant of midnight is its day. */
function dateText(instant: string): string {
  return instant.replace(/T00:00(:00(\.0+)?)?Z$/, '');
}

function when(price: Price): string {
  const clock = (seconds: number): string => new Date(seconds * 1_000).toISOString().slice(11, 16);
  const words = [
    price.from === null ? '' : `from ${dateText(price.from)}`,
    price.until === null ? '' : `until ${dateText(price.until)}`,
    price.daily === null ? '' : `${clock(price.daily.fromSecond)}-${clock(price.daily.untilSecond)} UTC`,
    price.tier === null ? '' : `tier ${price.tier}`,
    price.team === null ? '' : `team ${price.team}`,
    price.account === null ? '' : `account ${price.account}`,
    price.region === null ? '' : `region ${price.region}`,
  ].filter((word) => word !== '');
  return words.length === 0 ? NONE : words.join(', ');
}
