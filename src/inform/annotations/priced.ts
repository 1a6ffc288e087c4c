/** Marks of prices: what a rate was before and after, and agreed prices that begin or end. Pure. */
import type { Span } from '../../ledger/question.ts';
import { openPriceBook } from '../../prices/prices.ts';
import type { PriceBook, PriceBookData, PriceDecision, PriceOverride } from '../../prices/prices.ts';
import { moneyText } from '../../units/figures.ts';
import { formatDollars, parseDollars } from '../../units/money.ts';
import type { Annotation, Known } from './known.ts';

/** Where a price turns: everything that is about this target at this instant. */
interface Turn {
  readonly atMs: number;
  readonly provider: string;
  readonly model: string;
  readonly edge: 'begins' | 'ends';
  /** Undefined: it stands in the list. */
  readonly agreed: PriceOverride | undefined;
}

const BUCKETS = [
  ['freshIn', 'input'],
  ['textOut', 'output'],
] as const;
/** So many models of one provider are named in a line. */
const NAMED = 3;
const DOLLAR = 1_000_000_000_000n;

export function priceMarks(known: Known, during: Span): Annotation[] {
  const { book, providers, prices } = known;
  const opened = openPriceBook(book);
  const within = ({ atMs }: Turn): boolean => atMs >= during.fromMs && atMs < during.toMs;
  const agreed = (book.overrides ?? []).flatMap(edgesOf).filter(within);
  const listed = listTurns(book, providers).filter(within);
  return [
    ...agreed.flatMap((turn) => markOf(turn, opened)),
    ...byProvider(listed.flatMap((turn) => markOf(turn, opened))),
    ...prices.flatMap(datelessMark),
  ];
}

function edgesOf(agreed: PriceOverride): Turn[] {
  const { provider, model, from, until } = agreed;
  const same = { provider, model, agreed };
  return [
    ...(from === undefined ? [] : [{ ...same, edge: 'begins' as const, atMs: Date.parse(from) }]),
    ...(until === undefined ? [] : [{ ...same, edge: 'ends' as const, atMs: Date.parse(until) }]),
  ];
}

/** List prices that follow on earlier ones; the hours of one day are one turn. */
function listTurns({ providers = [] }: PriceBookData, used: ReadonlySet<string>): Turn[] {
  const turns = providers
    .filter(({ id }) => used.has(id))
    .flatMap(({ id, models }) =>
      models.flatMap((model) =>
        model.rows.flatMap(({ from }): Turn[] =>
          from === undefined
            ? []
            : [
                {
                  provider: id,
                  model: model.id,
                  edge: 'begins',
                  agreed: undefined,
                  atMs: Date.parse(from),
                },
              ],
        ),
      ),
    );
  return [...new Map(turns.map((turn) => [`${turn.provider}\n${turn.model}\n${turn.atMs}`, turn])).values()];
}

function markOf(turn: Turn, book: PriceBook): Annotation[] {
  const { atMs, provider, model, agreed, edge } = turn;
  const scope = {
    ...(provider !== '*' && { provider }),
    ...(model !== '*' && { model }),
    ...(agreed?.team !== undefined && { team: agreed.team }),
  };
  const rates = model.includes('*') || provider.includes('*') ? undefined : ratesOf(turn, book);
  if (rates !== undefined) {
    if (rates.text === '') return []; // another price that holds says the same
    return [
      {
        atMs,
        kind: 'price',
        short: `${model} ${rates.word}`,
        text: `Price of ${provider} ${model}${forWhom(agreed)} ${rates.word}: ${rates.text} per million tokens`,
        link: '/prices',
        scope,
      },
    ];
  }
  if (agreed === undefined) return [];
  const what = model === '*' ? provider : `${provider} ${model}`;
  return [
    {
      atMs,
      kind: 'agreement',
      short: `${what} price ${edge}`,
      text: `Agreed price of ${what}${forWhom(agreed)} ${edge}${edge === 'begins' ? termsOf(agreed) : ''}`,
      link: '/prices',
      scope,
    },
  ];
}

function forWhom(agreed: PriceOverride | undefined): string {
  const { team = '', account = '', region = '', tier = '' } = agreed ?? {};
  const named = [
    ...(team === '' ? [] : [`team ${team}`]),
    ...(account === '' ? [] : [`account ${account}`]),
    ...(region === '' ? [] : [region]),
    ...(tier === '' ? [] : [`tier ${tier}`]),
  ];
  return named.length === 0 ? '' : ` (${named.join(', ')})`;
}

function termsOf({ multiplier, note = '' }: PriceOverride): string {
  const off = multiplier === undefined ? undefined : DOLLAR - parseDollars(multiplier);
  const terms =
    off === undefined || off === 0n
      ? ''
      : off > 0n
        ? `: ${formatDollars(off * 100n)}% off list`
        : `: ${formatDollars(-off * 100n)}% above list`;
  return `${terms}${note === '' ? '' : ` (${note})`}`;
}

/** What the rates come to on both sides of the instant; undefined where neither side is priced. */
function ratesOf(
  { provider, model, atMs, agreed }: Turn,
  book: PriceBook,
): { readonly word: string; readonly text: string } | undefined {
  const { team = '', account = '', region = '', tier = '' } = agreed ?? {};
  const rateAt = (bucket: (typeof BUCKETS)[number][0], ms: number): bigint | undefined =>
    book.rate({
      provider,
      model,
      team,
      account,
      region,
      serviceTier: tier,
      geo: '',
      bucket,
      atMs: ms,
      inputTokens: 1,
    })?.rate;
  const pairs = BUCKETS.map(([bucket, label]) => ({
    label,
    before: rateAt(bucket, atMs - 1),
    after: rateAt(bucket, atMs),
  }));
  if (pairs.every(({ before, after }) => before === undefined && after === undefined)) return undefined;
  const moved = pairs.filter(({ before, after }) => before !== after);
  return { word: directionOf(moved), text: moved.map(rateText).join(', ') };
}

interface Pair {
  readonly label: string;
  readonly before: bigint | undefined;
  readonly after: bigint | undefined;
}

/** An unpriced side is unknown and no nothing, so that it is neither dearer nor cheaper. */
function directionOf(pairs: readonly Pair[]): string {
  const is = (test: (before: bigint, after: bigint) => boolean): boolean =>
    pairs.every(({ before, after }) => before !== undefined && after !== undefined && test(before, after));
  if (is((before, after) => after < before)) return 'falls';
  if (is((before, after) => after > before)) return 'rises';
  return 'changes';
}

function rateText({ label, before, after }: Pair): string {
  return `${label} ${amountText(before)} to ${amountText(after)}`;
}

function amountText(rate: bigint | undefined): string {
  return rate === undefined ? 'unpriced' : moneyText(formatDollars(rate));
}

/** A provider that changes its list changes many models at once: one line for each instant. */
function byProvider(marks: readonly Annotation[]): Annotation[] {
  const groups = Map.groupBy(marks, ({ atMs, scope }) => `${atMs}\n${scope.provider ?? ''}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined || group.length === 1) return group;
    const { provider = '' } = first.scope;
    const names = group.slice(0, NAMED).map(({ scope }) => scope.model ?? '');
    const more = group.length - names.length;
    return [
      {
        ...first,
        short: `${provider} list changes`,
        text: `List prices of ${provider} change: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
        scope: { provider },
      },
    ];
  });
}

/** A price without a beginning holds for all time: what happened is that somebody said so. */
function datelessMark(decision: PriceDecision): Annotation[] {
  if (decision.action !== 'set' || decision.price.from !== undefined) return [];
  const { provider, model, team } = decision.price;
  const what = model === '*' ? provider : `${provider} ${model}`;
  return [
    {
      atMs: Date.parse(decision.at),
      kind: 'agreement',
      short: `${what} price set`,
      text: `Price of ${what}${forWhom(decision.price)} set for all time${termsOf(decision.price)}`,
      link: '/prices',
      scope: {
        ...(provider !== '*' && { provider }),
        ...(model !== '*' && { model }),
        ...(team !== undefined && { team }),
      },
    },
  ];
}
