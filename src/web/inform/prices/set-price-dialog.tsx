/** A price is typed, judged and weighed against last month's money; only then it is set. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import type { PriceList, PricesDecided } from '../../../api/contract/prices.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { useTryKey } from '../../parts/try-key.ts';
import { api } from '../ledger-api.ts';
import { Trouble } from '../trouble.tsx';
import { PriceFields } from './price-fields.tsx';
import { PriceImpact } from './price-impact.tsx';
import { priceOf, problemOfPrice } from './price-form.ts';
import type { PriceForm } from './price-form.ts';

const LEAST_REASON = 3;

interface SetPriceDialogProps {
  readonly start: PriceForm;
  readonly book: PriceList | undefined;
  readonly onClose: () => void;
}

export function SetPriceDialog({ start, book, onClose }: SetPriceDialogProps) {
  const [form, setForm] = useState(start);
  const [confirm, setConfirm] = useState('');
  const keyOf = useTryKey();
  const queries = useQueryClient();
  const problem = problemOfPrice(form);
  const judge = useMutation({
    mutationFn: () => api.setPrice({ ...priceOf({ ...form, reason: 'to be judged' }, ''), dryRun: true }),
  });
  const decide = useMutation({
    mutationFn: () => {
      const price = priceOf(form, confirm);
      return api.setPrice(price, keyOf(JSON.stringify(price)));
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ['prices'] }),
  });
  const edit = (change: Partial<PriceForm>): void => {
    setForm({ ...form, ...change });
    judge.reset();
    decide.reset();
  };
  if (decide.data !== undefined)
    return (
      <Dialog title="Price set" note={`${form.provider} ${form.model}`} onClose={onClose}>
        <Done decided={decide.data} onClose={onClose} />
      </Dialog>
    );
  const suspicious = (judge.data?.warnings.length ?? 0) > 0;
  const ready =
    judge.data !== undefined &&
    form.reason.trim().length >= LEAST_REASON &&
    (!suspicious || confirm.trim().length >= LEAST_REASON);
  return (
    <Dialog
      title="Set a price"
      note={start.model === '' ? '' : `${start.provider} ${start.model}`}
      onClose={onClose}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (judge.data === undefined && problem === '') judge.mutate();
          else if (ready) decide.mutate();
        }}
      >
        <PriceFields form={form} book={book} onEdit={edit} />
        {judge.data !== undefined && (
          <>
            <PriceImpact judged={judge.data} />
            {suspicious && (
              <Field
                label="Why it is meant all the same"
                value={confirm}
                required
                onChange={setConfirm}
                hint="Written down beside what made it suspicious."
              />
            )}
            <Field
              label="Reason"
              value={form.reason}
              required
              onChange={(reason) => setForm({ ...form, reason })}
              hint="Kept with the decision, for whoever audits it."
            />
          </>
        )}
        {judge.error !== null && <Trouble error={judge.error} doing />}
        {decide.error !== null && <Trouble error={decide.error} doing />}
        <div className="acts end">
          {problem !== '' && <span className="small quiet">{problem}</span>}
          <button type="button" className="btn plain" onClick={onClose}>
            Cancel
          </button>
          {judge.data === undefined ? (
            <button type="submit" className="btn primary" disabled={problem !== '' || judge.isPending}>
              {judge.isPending ? 'Judging…' : 'Judge it'}
            </button>
          ) : (
            <button type="submit" className="btn primary" disabled={!ready || decide.isPending}>
              {suspicious ? 'Set it all the same' : 'Set this price'}
            </button>
          )}
        </div>
      </form>
    </Dialog>
  );
}

function Done({ decided, onClose }: { readonly decided: PricesDecided; readonly onClose: () => void }) {
  return (
    <section className="part">
      <p role="status">
        Price book <span className="mono">{decided.priceBookVersion}</span>{' '}
        {decided.published
          ? 'is in force: calls from now on are priced by it.'
          : 'is decided, but the gateways could not be told yet; they will be at the next publication.'}{' '}
        What is booked stays as it is.
      </p>
      <div className="acts end">
        <button type="button" className="btn primary" onClick={onClose}>
          Done
        </button>
      </div>
    </section>
  );
}
