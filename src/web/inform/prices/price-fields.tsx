import type { PriceList } from '../../../api/contract/prices.ts';
import { Field, Pick } from '../../parts/field.tsx';
import { TYPED_BUCKETS } from './price-form.ts';
import type { PriceForm } from './price-form.ts';
import { bucketLabel, firstRate, rateText } from './rates.ts';

interface PriceFieldsProps {
  readonly form: PriceForm;
  readonly book: PriceList | undefined;
  readonly onEdit: (change: Partial<PriceForm>) => void;
}

const HOW = { rates: 'Rates', percentOff: 'Per cent off list' };

/** What the price is for, what it is, and when it holds. Beside a rate stands what the book says now. */
export function PriceFields({ form, book, onEdit }: PriceFieldsProps) {
  const prices = book?.prices ?? [];
  const providers = [...new Set(prices.map(({ provider }) => provider))].toSorted();
  const models = [
    ...new Set(prices.filter(({ provider }) => provider === form.provider).map(({ model }) => model)),
  ];
  const now = prices.find(({ provider, model }) => provider === form.provider && model === form.model);
  const nowText = (bucket: string): string => {
    const rate = now === undefined ? undefined : firstRate(now, bucket);
    return rate === undefined ? 'none in the book' : `now ${rateText(rate)}`;
  };
  return (
    <>
      <div className="fields">
        <Field
          label="Provider"
          value={form.provider}
          required
          known={providers}
          onChange={(provider) => onEdit({ provider })}
        />
        <Field
          label="Model"
          value={form.model}
          required
          known={models}
          onChange={(model) => onEdit({ model })}
          hint="* matches any run of characters."
        />
        <Pick
          label="Given as"
          value={form.how}
          choices={HOW}
          onChange={(how) => onEdit({ how: how === 'rates' ? 'rates' : 'percentOff' })}
        />
      </div>
      {form.how === 'percentOff' ? (
        <Field
          label="Per cent off list"
          value={form.percentOff}
          required
          numeric
          onChange={(percentOff) => onEdit({ percentOff })}
          placeholder="15"
        />
      ) : (
        <fieldset className="fields rates-typed">
          <legend className="small quiet">
            Dollars per million units; an empty bucket follows the price of its kind
          </legend>
          {TYPED_BUCKETS.map((bucket) => (
            <Field
              key={bucket}
              label={bucketLabel(bucket)}
              value={form.rates[bucket] ?? ''}
              numeric
              onChange={(rate) => onEdit({ rates: { ...form.rates, [bucket]: rate } })}
              hint={nowText(bucket)}
            />
          ))}
        </fieldset>
      )}
      <div className="fields">
        <Field
          label="From"
          type="date"
          value={form.from}
          onChange={(from) => onEdit({ from })}
          hint="Empty: from now on."
        />
        <Field label="Until" type="date" value={form.until} onChange={(until) => onEdit({ until })} />
        <Field
          label="Team"
          value={form.team}
          onChange={(team) => onEdit({ team })}
          hint="Empty: everybody."
        />
        <Field label="Account" value={form.account} onChange={(account) => onEdit({ account })} />
      </div>
    </>
  );
}
