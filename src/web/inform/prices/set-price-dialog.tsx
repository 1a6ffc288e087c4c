/** A price is typed, judged and weighed against last month's money; only then it is set. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import type { PriceList, PricesDecided } from '../../../api/contract/prices.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { useTryKey } from '../../parts/try-key.ts';
import { offerUndo } from '../../parts/undo.ts';
import { api } from '../../parts/server.ts';
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

/** Judging decides nothing; deciding the same price twice decides it once. */
function useDeciding(form: PriceForm, confirm: string) {
  const keyOf = useTryKey();
  const queries = useQueryClient();
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: ['prices'] });
  const judge = useMutation({
    mutationFn: () => api.setPrice({ ...priceOf({ ...form, reason: 'to be judged' }, ''), dryRun: true }),
  });
  const decide = useMutation({
    mutationFn: () => {
      const price = priceOf(form, confirm);
      return api.setPrice(price, keyOf(JSON.stringify(price)));
    },
    onSuccess: refresh,
  });
  return { judge, decide, refresh };
}

/** The inverse of a price is its withdrawal. Calls that came in between stay priced as they are booked. */
function offerWithdrawal(decisions: PricesDecided['decisions'], refresh: () => unknown): void {
  const [decided] = decisions;
  if (decided === undefined || decisions.length > 1) return;
  const { id, provider, model } = decided;
  offerUndo({
    text: `The price of ${provider} ${model} is set`,
    effect: 'Calls from now on are priced by it. What is booked stays as it is.',
    undo: () => api.withdrawPrice(id, { reason: 'taken back right after it was decided' }),
    refresh,
  });
}

export function SetPriceDialog({ start, book, onClose }: SetPriceDialogProps) {
  const [form, setForm] = useState(start);
  const [confirm, setConfirm] = useState('');
  const problem = problemOfPrice(form);
  const { judge, decide, refresh } = useDeciding(form, confirm);
  const edit = (change: Partial<PriceForm>): void => {
    setForm({ ...form, ...change });
    judge.reset();
    decide.reset();
  };
  if (decide.data !== undefined) {
    const { data } = decide;
    // The bar lies under what is open over the page, so the offer begins when that is read.
    const close = (): void => {
      onClose();
      offerWithdrawal(data.decisions, refresh);
    };
    return (
      <Dialog title="Price set" note={`${form.provider} ${form.model}`} onClose={close}>
        <Done decided={data} onClose={close} />
      </Dialog>
    );
  }
  const error = judge.error ?? decide.error;
  const suspicious = (judge.data?.warnings.length ?? 0) > 0;
  const ready = judge.data !== undefined && isReasoned(form.reason) && (!suspicious || isReasoned(confirm));
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
          <Judged
            judged={judge.data}
            confirm={confirm}
            reason={form.reason}
            onConfirm={setConfirm}
            onReason={(reason) => setForm({ ...form, reason })}
          />
        )}
        {error !== null && <Trouble error={error} doing />}
        <div className="acts end">
          {problem !== '' && <span className="small quiet">{problem}</span>}
          <button type="button" className="btn plain" onClick={onClose}>
            Cancel
          </button>
          <button
            type="submit"
            className="btn primary"
            disabled={
              judge.data === undefined ? problem !== '' || judge.isPending : !ready || decide.isPending
            }
          >
            {judge.data === undefined ? 'Judge it' : suspicious ? 'Set it all the same' : 'Set this price'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function isReasoned(reason: string): boolean {
  return reason.trim().length >= LEAST_REASON;
}

interface JudgedProps {
  readonly judged: PricesDecided;
  readonly confirm: string;
  readonly reason: string;
  readonly onConfirm: (confirm: string) => void;
  readonly onReason: (reason: string) => void;
}

/** What was found about it, and what is asked before it is set. */
function Judged({ judged, confirm, reason, onConfirm, onReason }: JudgedProps) {
  return (
    <>
      <PriceImpact judged={judged} />
      {judged.warnings.length > 0 && (
        <Field
          label="Why it is meant all the same"
          value={confirm}
          required
          onChange={onConfirm}
          hint="Written down beside what made it suspicious."
        />
      )}
      <Field
        label="Reason"
        value={reason}
        required
        onChange={onReason}
        hint="Kept with the decision, for whoever audits it."
      />
    </>
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
