/** A price as it is typed, and as it is sent. */
import type { NewPrice, Price, PriceEdit } from '../../../api/contract/prices.ts';

export const TYPED_BUCKETS = ['freshIn', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h', 'textOut'] as const;

export interface PriceForm {
  readonly provider: string;
  readonly model: string;
  readonly how: 'rates' | 'percentOff';
  /** Dollars per million units, by bucket; empty: follows what the book says. */
  readonly rates: Readonly<Record<string, string>>;
  readonly percentOff: string;
  readonly from: string;
  readonly until: string;
  readonly team: string;
  readonly account: string;
  readonly reason: string;
  readonly supersedes: string;
}

export const EMPTY_PRICE: PriceForm = {
  provider: '',
  model: '',
  how: 'rates',
  rates: {},
  percentOff: '',
  from: '',
  until: '',
  team: '',
  account: '',
  reason: '',
  supersedes: '',
};

/** A form that begins with a price of the book. */
export function formOfPrice(price: Price): PriceForm {
  const { provider, model, team, account, decision } = price;
  const first = price.rates.filter(({ aboveTokens }) => aboveTokens === null);
  const typed: readonly string[] = TYPED_BUCKETS;
  return {
    ...EMPTY_PRICE,
    provider,
    model,
    team: team ?? '',
    account: account ?? '',
    rates: Object.fromEntries(
      first.filter(({ bucket }) => typed.includes(bucket)).map(({ bucket, rate }) => [bucket, rate]),
    ),
    supersedes: decision ?? '',
  };
}

/** What is missing before the price can be judged; empty for nothing. */
export function problemOfPrice(form: PriceForm): string {
  if (form.provider.trim() === '' || form.model.trim() === '')
    return 'Say which provider and model it is for.';
  if (form.how === 'percentOff')
    return form.percentOff.trim() === '' ? 'Say how many per cent off list.' : '';
  const rates = Object.values(form.rates).filter((rate) => rate.trim() !== '');
  if (rates.length === 0) return 'Give at least one rate, in dollars per million units.';
  return rates.every((rate) => /^\d{1,15}(\.\d+)?$/.test(rate.trim()))
    ? ''
    : 'A rate is a decimal number of dollars per million units, such as 2.5.';
}

export function editOf(form: PriceForm): PriceEdit {
  const said = (name: 'from' | 'until' | 'team' | 'account') =>
    form[name].trim() === '' ? {} : { [name]: form[name].trim() };
  const rates = Object.entries(form.rates)
    .map(([bucket, rate]) => [bucket, rate.trim()] as const)
    .filter(([, rate]) => rate !== '');
  return {
    provider: form.provider.trim(),
    model: form.model.trim(),
    ...(form.how === 'rates' ? { rates: Object.fromEntries(rates) } : { percentOff: form.percentOff.trim() }),
    ...said('from'),
    ...said('until'),
    ...said('team'),
    ...said('account'),
  };
}

/** What is sent to decide it; without a reason only to judge it. */
export function priceOf(form: PriceForm, confirm: string): NewPrice {
  return {
    ...editOf(form),
    reason: form.reason.trim(),
    ...(form.supersedes !== '' && { supersedes: form.supersedes }),
    ...(confirm.trim() !== '' && { confirm: confirm.trim() }),
  };
}
