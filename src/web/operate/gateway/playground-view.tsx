import { useMutation, useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';

import type { TryAnswer, TryAsk } from '../../../api/contract/gateway.ts';
import type { Provider } from '../../../api/contract.ts';
import { countText, durationText } from '../../../units/figures.ts';
import { api, asking } from '../../parts/server.ts';
import { Trouble } from '../../inform/trouble.tsx';
import { Field, Pick } from '../../parts/field.tsx';
import { NumberField } from '../../parts/number-field.tsx';
import { Answer } from './playground-answer.tsx';
import { askOf, FIRST_TRY, problemOfTry, readyToTry, usualModel } from './try-form.ts';
import type { TryForm } from './try-form.ts';

const MOST_TOKENS = 4_096;

/** A call of one's own. The server sends it, so that no key is in this page; what it costs at most is said before. */
export function PlaygroundView() {
  const { data } = useQuery({ queryKey: ['providers'], queryFn: ({ signal }) => asking(signal).providers() });
  if (data === undefined) return null;
  const ready = readyToTry(data.providers);
  if (ready.length === 0)
    return (
      <section className="card empty">
        <h2>Nobody can be asked from here</h2>
        <p>
          No provider of the dialects openai and anthropic serves now. Other dialects are tried with their own
          clients.
        </p>
      </section>
    );
  return <Playground providers={ready} />;
}

function Playground({ providers }: { readonly providers: readonly Provider[] }) {
  const [form, setForm] = useState<TryForm>(() => ({
    ...FIRST_TRY,
    at: 0,
    model: usualModel(providers[0]),
  }));
  const provider = providers[form.at] ?? providers[0];
  const ask = provider === undefined ? undefined : askOf(form, provider);
  const problem = problemOfTry(form);
  const call = useMutation({ mutationFn: (one: TryAsk) => api.tryCall(one) });
  const bound = useQuery({
    queryKey: ['playground', 'bound', ask],
    queryFn: ({ signal }) => asking(signal).boundTry(ask as TryAsk),
    enabled: ask !== undefined && problem === '',
  });
  const edit = (change: Partial<TryForm>): void => setForm({ ...form, ...change });
  const real = provider !== undefined && !provider.simulated;
  return (
    <div className="grid start-grid">
      <section className="card" aria-labelledby="playground">
        <header>
          <h2 id="playground">Send a call</h2>
          <p>Recorded, counted by budgets and charged as any other</p>
        </header>
        <form
          className="body stack-tight"
          noValidate // what is wrong is said below; the browser would also refuse what is between two steps
          onSubmit={(event) => {
            event.preventDefault();
            if (ask !== undefined && problem === '' && bound.data !== undefined && !call.isPending)
              call.mutate(ask);
          }}
        >
          <TryFields form={form} providers={providers} onEdit={edit} />
          {bound.error !== null && problem === '' && <Trouble error={bound.error} />}
          {bound.data !== undefined && problem === '' && (
            <p className={real ? 'notice bound' : 'bound soft'} role="status">
              <span>
                <b>{bound.data.words}</b> At most {countText(bound.data.inputTokens)} tokens in,{' '}
                {countText(bound.data.outputTokens)} out.
              </span>
            </p>
          )}
          <div className="acts end">
            <button
              type="submit"
              className="btn primary"
              disabled={problem !== '' || bound.data === undefined || call.isPending}
            >
              {real ? 'Send, and pay' : 'Send'}
            </button>
          </div>
        </form>
      </section>
      <Outcome pending={call.isPending} answer={call.data} error={call.error} />
    </div>
  );
}

interface OutcomeProps {
  readonly pending: boolean;
  readonly answer: TryAnswer | undefined;
  readonly error: Error | null;
}

function Outcome({ pending, answer, error }: OutcomeProps) {
  return (
    <section className="card" aria-labelledby="answer" aria-busy={pending}>
      <header>
        <h2 id="answer">Answer</h2>
        {answer !== undefined && (
          <p>
            status {answer.status}, {durationText(answer.durationMs)}
          </p>
        )}
      </header>
      {error !== null && <Trouble error={error} doing />}
      {answer === undefined && error === null && (
        <p className="body soft">
          {pending ? 'It is under way …' : 'What comes back stands here, with its receipt.'}
        </p>
      )}
      {answer !== undefined && <Answer key={answer.call} answer={answer} />}
    </section>
  );
}

interface TryFieldsProps {
  readonly form: TryForm;
  readonly providers: readonly Provider[];
  readonly onEdit: (change: Partial<TryForm>) => void;
}

function TryFields({ form, providers, onEdit }: TryFieldsProps) {
  const id = useId();
  const choices = Object.fromEntries(
    providers.map(({ name, dialect, simulated }, at) => [
      String(at),
      `${name}, ${dialect}${simulated ? ': costs nothing' : ': costs money'}`,
    ]),
  );
  const named = providers[form.at];
  return (
    <>
      <div className="fields two">
        <Pick
          label="Provider"
          value={String(form.at)}
          choices={choices}
          onChange={(at) => onEdit({ at: Number(at), model: usualModel(providers[Number(at)]) })}
        />
        <Field
          label="Model"
          value={form.model}
          required
          known={(named?.models ?? []).filter((model) => !model.includes('*'))}
          onChange={(model) => onEdit({ model })}
        />
      </div>
      <Field label="Instructions" value={form.system} onChange={(system) => onEdit({ system })} />
      <div className="field">
        <label htmlFor={id}>Message</label>
        <textarea
          id={id}
          rows={4}
          value={form.message}
          required
          onChange={(event) => onEdit({ message: event.target.value })}
        />
      </div>
      <div className="fields">
        <NumberField
          label="Most tokens of the answer"
          value={form.tokens}
          min={1}
          max={MOST_TOKENS}
          step={64}
          onChange={(tokens) => onEdit({ tokens })}
        />
        <Field label="Workflow" value={form.workflow} onChange={(workflow) => onEdit({ workflow })} />
        <Field label="Team" value={form.team} onChange={(team) => onEdit({ team })} />
      </div>
    </>
  );
}
