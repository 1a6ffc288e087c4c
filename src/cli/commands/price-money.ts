/** `setpoint price diff | what-if | reprice | check`: what prices mean for money. */
import type { FileAsks } from '../../api/client.ts';
import type {
  PriceCheck,
  PriceDiff,
  RepriceAnswer,
  WhatIfAnswer,
  WhatIfAsk,
} from '../../api/contract/prices.ts';
import { NONE } from '../../units/figures.ts';
import { BUCKETS } from '../../units/tokens.ts';
import { exactDollars, moneyColumn } from '../figures.ts';
import { CliError, EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import { renderCsv, renderMarkdown, renderTable } from '../table.ts';
import type { Sheet } from '../table.ts';
import { fileAsked, runFile } from './files.ts';
import { readEdit } from './price-edit.ts';
import type { EditOptions } from './price-edit.ts';

interface DiffOptions extends EditOptions {
  readonly draft?: string;
  readonly all?: boolean;
}

export async function runPriceDiff(
  command: Command,
  {
    from,
    to,
    draft,
    all = false,
    ...options
  }: Omit<DiffOptions, 'from'> & { readonly from?: string | undefined; readonly to?: string | undefined },
): Promise<number> {
  const client = await command.client();
  const diff =
    draft === undefined
      ? await client.diffPrices({ ...(from !== undefined && { from }), ...(to !== undefined && { to }) })
      : await client.diffDraft({ ...(from !== undefined && { from }), draft: readEdit(draft, options) });
  const shown = diff.changes.filter(
    ({ follows, spend }) => all || follows === null || (spend !== null && spend !== '0'),
  );
  show(command, diff, diffSheet(shown), shown);
  command.say(
    `${diff.from} → ${diff.to} · dollars per million units · spend as booked ${diff.spendDuring.from.slice(0, 10)} until ${diff.spendDuring.to.slice(0, 10)}${shown.length < diff.changes.length ? ` · ${diff.changes.length - shown.length} buckets that follow another are left out (--all)` : ''}`,
  );
  return EXIT.ok;
}

function diffSheet(changes: PriceDiff['changes']): Sheet {
  const spend = moneyColumn(changes.map((change) => change.spend));
  const price = (text: string | null): string => (text === null ? 'unpriced' : exactDollars(text, 2));
  return {
    columns: columns([
      'Provider',
      'Model',
      'For',
      'Item',
      '>Old',
      '>New',
      '>Change',
      'From',
      '>Spend, 30 days',
    ]),
    rows: changes.map((one) => [
      one.provider,
      one.model,
      [one.team, one.account, one.region, one.tier].filter((word) => word !== '').join(', ') || 'all',
      `${labelOf(one.bucket)}${one.aboveTokens === null ? '' : `, above ${one.aboveTokens} tokens in`}`,
      price(one.before),
      price(one.after),
      one.percent === null ? NONE : `${one.percent}%`,
      one.from?.slice(0, 10) ?? 'now',
      one.spend === null ? NONE : spend(one.spend),
    ]),
  };
}

interface WhatIfOptions extends EditOptions {
  readonly during?: string;
  readonly by?: string;
  readonly where?: string[];
  readonly timeZone?: string;
  readonly version?: string;
  readonly draft?: string;
  readonly map?: readonly string[];
  readonly apply?: boolean;
}

export async function runWhatIf(command: Command, options: WhatIfOptions): Promise<number> {
  const { during, by, where, timeZone, version, draft, map } = options;
  if (version === undefined && draft === undefined && map === undefined)
    throw new CliError(
      'Say what should differ: --version, --draft with a price, or --map from=to',
      EXIT.usage,
    );
  const ask: WhatIfAsk = {
    ...(during !== undefined && { during }),
    ...(by !== undefined && { by }),
    ...(where !== undefined && { where }),
    ...(timeZone !== undefined && { timeZone }),
    ...(version !== undefined && { version }),
    ...(draft !== undefined && { draft: readEdit(draft, options) }),
    ...(map !== undefined && { mapping: map.map(readMapping) }),
  };
  command.waits('Pricing every line of the period anew');
  const file = fileAsked(command);
  if (file !== undefined) return runFile(command, file, 'whatIf', inAddress(ask, where, map));
  const answer = await (await command.client()).whatIf(ask);
  show(
    command,
    answer,
    whatIfSheet(answer),
    answer.rows.map(({ group, ...rest }) => ({
      ...Object.fromEntries(answer.by.map((name, at) => [name, group[at] ?? ''])),
      ...rest,
    })),
  );
  sayAll(command, whatIfWords(answer));
  return EXIT.ok;
}

/** The same question as a browser saves its answer. */
function inAddress(
  { mapping: _mapping, draft, where: _where, ...ask }: WhatIfAsk,
  where: readonly string[] | undefined,
  map: readonly string[] | undefined,
): FileAsks['whatIf'] {
  return {
    ...ask,
    ...(where !== undefined && { where }),
    ...(map !== undefined && { map }),
    ...(draft !== undefined && { draft: JSON.stringify(draft) }),
  };
}

function readMapping(text: string): { from: string; to: string } {
  const [from = '', to = ''] = text.split('=');
  if (from === '' || to === '')
    throw new CliError(
      `--map "${text}" is not from=to, such as openai/gpt-4o=anthropic/claude-sonnet-5`,
      EXIT.usage,
    );
  return { from, to };
}

function whatIfSheet({ by, rows, total }: WhatIfAnswer): Sheet {
  const money = moneyColumn([total.before, total.after, ...rows.map(({ before }) => before)]);
  const figures = (one: WhatIfAnswer['total']): string[] => [
    money(one.before),
    money(one.after),
    money(one.difference),
  ];
  return {
    columns: columns([...by, '>Booked', '>Would be', '>Difference']),
    rows: rows.map((row) => [...row.group.map((name) => name || NONE), ...figures(row)]),
    total: [...by.map((_, at) => (at === 0 ? 'Total' : '')), ...figures(total)],
  };
}

function whatIfWords(answer: WhatIfAnswer): string[] {
  const { during, exact, inexact, unpriced, lockedMonths, basis, total } = answer;
  const reasons: Readonly<Record<string, string>> = {
    size: 'a size threshold lies inside a band of request sizes',
    time: 'its price changes inside an hour or a day',
    rounding: 'its rate is finer than a picodollar a token',
    'partly-unpriced': 'some lines would lose the price of another bucket',
  };
  const open = new Map(
    inexact.map((one) => [`${one.provider}/${one.model}: ${reasons[one.reason] ?? one.reason}`, one]),
  );
  return [
    `${during.text} · price book ${answer.priceBookVersion} · ${exact ? 'exact' : `between ${exactDollars(total.least)} and ${exactDollars(total.most)}`} · nothing was posted`,
    ...[...open.keys()].map((words) => `Not exact: ${words}.`),
    ...unpriced.map(
      (one) =>
        `Unpriced: ${one.provider}/${one.model}, ${labelOf(one.bucket)}: ${one.units} units, booked at ${exactDollars(one.before)}, are in no "would be".`,
    ),
    ...(basis === 'assumed' ? ['Assumed: the other model would have used the same tokens.'] : []),
    ...(lockedMonths.length > 0
      ? [`Closed: ${lockedMonths.join(', ')}. These months do not move, whatever their prices.`]
      : []),
  ];
}

export async function runReprice(command: Command, options: WhatIfOptions): Promise<number> {
  const { during, timeZone, version, apply = false } = options;
  const answer = await (
    await command.client()
  ).reprice({
    ...(during !== undefined && { during }),
    ...(timeZone !== undefined && { timeZone }),
    ...(version !== undefined && { version }),
    apply,
  });
  show(command, answer, repriceSheet(answer), [answer]);
  if (answer.unpriced > 0)
    command.say(
      `${answer.unpriced} priced lines have no price in ${answer.priceBookVersion}; they were left as they are.`,
    );
  if (answer.mixed > 0)
    command.say(
      `${answer.mixed} lines stand for several calls each, whose sizes decide their price; they were left as they are.`,
    );
  command.say(
    apply
      ? `${answer.posted} correcting lines were posted with the cause price-drift.`
      : 'Nothing was posted. Add --apply to correct these lines.',
  );
  return EXIT.ok;
}

function repriceSheet(answer: RepriceAnswer): Sheet {
  const money = moneyColumn([answer.before, answer.after, answer.difference]);
  return {
    columns: columns(['Period', '>Lines', '>Drifted', '>Booked', '>Would be', '>Difference', '>Posted']),
    rows: [
      [
        answer.during.text,
        String(answer.lines),
        String(answer.drifted),
        money(answer.before),
        money(answer.after),
        money(answer.difference),
        String(answer.posted),
      ],
    ],
  };
}

const MOST_ANNOUNCED = 20;

export async function runPriceCheck(command: Command): Promise<number> {
  const check = await (await command.client()).checkPrices();
  show(command, check, checkSheet(check), check.notices);
  const source =
    check.source === null ? 'no source' : `${check.source.edition} of ${check.source.publishedOn}`;
  command.say(
    `price book ${check.priceBookVersion} · ${source} · ${check.ok ? 'nothing needs you' : 'see above'}`,
  );
  return check.ok ? EXIT.ok : EXIT.failure;
}

function checkSheet({ notices }: PriceCheck): Sheet {
  const announced = notices.filter(({ kind }) => kind === 'announced').slice(0, MOST_ANNOUNCED);
  const shown = [...notices.filter(({ kind }) => kind !== 'announced'), ...announced];
  return {
    columns: columns(['What', 'Provider', 'Model', 'When', '>Units']),
    rows: shown.map(({ kind, provider, model, at, units }) => [
      kind.replaceAll('-', ' '),
      provider || NONE,
      model || NONE,
      at.slice(0, 10) || NONE,
      units === null ? NONE : String(units),
    ]),
  };
}

/** Prints the answer whole as JSON, its rows otherwise. */
function show(command: Command, answer: object, sheet: Sheet, rows: readonly object[]): void {
  switch (command.format) {
    case 'json':
      return command.print(JSON.stringify(answer, null, 2));
    case 'ndjson':
      return command.print(rows.map((row) => JSON.stringify(row)).join('\n'));
    case 'csv': {
      const names = Object.keys(rows[0] ?? {}).filter((name) => name !== 'scope');
      const cell = (value: unknown): string | number | null =>
        typeof value === 'string' || typeof value === 'number'
          ? value
          : value === null || value === undefined
            ? null
            : JSON.stringify(value);
      return command.print(
        renderCsv([
          names,
          ...rows.map((row) => names.map((name) => cell((row as Record<string, unknown>)[name]))),
        ]),
      );
    }
    case 'md':
      return command.print(renderMarkdown(sheet));
    default:
      return command.print(
        sheet.rows.length === 0 ? 'Nothing to show: no difference.' : renderTable(sheet, command.style),
      );
  }
}

function sayAll(command: Command, words: readonly string[]): void {
  for (const one of words) command.say(one);
}

/** Headers; a leading `>` aligns right. */
function columns(headers: readonly string[]): Sheet['columns'] {
  return headers.map((header) =>
    header.startsWith('>') ? { header: header.slice(1), align: 'right' } : { header, align: 'left' },
  );
}

function labelOf(bucket: string): string {
  return bucket in BUCKETS ? BUCKETS[bucket as keyof typeof BUCKETS].label : bucket;
}
