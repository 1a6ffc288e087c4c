/** What about the prices needs a person soon: a stale source, contracts that end, changes that are announced. */
import type { PriceBookData, PriceOverride } from './book.ts';
import { instantMs } from './overrides.ts';

export interface PriceNotice {
  readonly kind: 'stale-source' | 'no-source' | 'contract-expired' | 'contract-expiring' | 'announced';
  readonly provider: string;
  readonly model: string;
  /** The instant that it is about: published, ends, begins. RFC 3339 or an ISO date; empty where there is none. */
  readonly at: string;
  readonly decision: string;
  readonly message: string;
}

const DAY_MS = 86_400_000;
const STALE_DAYS = 90;
const SOON_DAYS = 30;

/** Notices in the order of what hurts first: the source, contracts that ended or end, announced changes. */
export function priceOutlook(book: PriceBookData, nowMs: number): PriceNotice[] {
  return [
    ...sourceNotices(book, nowMs),
    ...(book.overrides ?? []).flatMap((one) => endNotices(one, nowMs)),
    ...announced(book, nowMs),
  ];
}

function sourceNotices({ source }: PriceBookData, nowMs: number): PriceNotice[] {
  const about = { provider: '', model: '', decision: '' };
  if (source === undefined)
    return [{ ...about, kind: 'no-source', at: '', message: 'The book names no source of its list prices.' }];
  const days = Math.floor((nowMs - instantMs(source.publishedOn, nowMs)) / DAY_MS);
  if (days <= STALE_DAYS) return [];
  return [
    {
      ...about,
      kind: 'stale-source',
      at: source.publishedOn,
      message: `List prices are of ${source.publishedOn}, ${days} days old (${source.edition}). Newer models are unpriced and changed prices are booked as they were: update ${source.name}.`,
    },
  ];
}

function endNotices(override: PriceOverride, nowMs: number): PriceNotice[] {
  const { until, provider, model, decision = '' } = override;
  if (until === undefined) return [];
  const days = Math.ceil((instantMs(until, Infinity) - nowMs) / DAY_MS);
  if (days > SOON_DAYS || days < -SOON_DAYS) return [];
  const ended = instantMs(until, Infinity) <= nowMs;
  return [
    {
      kind: ended ? 'contract-expired' : 'contract-expiring',
      provider,
      model,
      at: until,
      decision,
      message: ended
        ? `The agreed price of ${provider}/${model} ended on ${until}: calls since then are priced at the next best price, mostly list. Set the new price, or nothing if there is none.`
        : `The agreed price of ${provider}/${model} ends on ${until}, in ${days} days; calls are then priced at the next best price, mostly list.`,
    },
  ];
}

function announced(book: PriceBookData, nowMs: number): PriceNotice[] {
  const decided = (book.overrides ?? []).filter(({ from }) => instantMs(from, -Infinity) > nowMs);
  const listed = (book.providers ?? []).flatMap((provider) =>
    provider.models.flatMap((model) =>
      model.rows
        .filter(({ from }) => instantMs(from, -Infinity) > nowMs)
        .map(({ from }) => ({ provider: provider.id, model: model.id, from, decision: '' })),
    ),
  );
  return [...decided, ...listed]
    .map(({ provider, model, from = '', decision = '' }): PriceNotice => ({
      kind: 'announced',
      provider,
      model,
      at: from,
      decision,
      message: `The price of ${provider}/${model} changes on ${from}.`,
    }))
    .toSorted((a, b) => instantMs(a.at, 0) - instantMs(b.at, 0));
}
