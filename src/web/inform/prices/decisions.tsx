import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { PriceDecisionView, PriceDecisions } from '../../../api/contract/prices.ts';
import { useDecision } from '../../parts/decide.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Heads } from '../../parts/heads.tsx';
import { dateText } from '../../parts/instants.ts';
import { ReasonForm } from '../../parts/reason-form.tsx';
import { useTryKey } from '../../parts/try-key.ts';
import { api, asking } from '../../parts/server.ts';
import { Trouble } from '../trouble.tsx';
import { EMPTY_PRICE } from './price-form.ts';
import type { PriceForm } from './price-form.ts';
import { bucketLabel, multipleText, rateText, scopeText } from './rates.ts';

const DECISIONS = ['prices', 'decisions'] as const;
const LOOKS: Readonly<Record<PriceDecisionView['standing'], string>> = {
  announced: 'line',
  'in-force': 'good',
  ended: '',
  superseded: '',
  withdrawn: '',
  done: '',
};

/** Everything that was decided about prices, newest first, and what became of it. Nothing is ever removed. */
export function Decisions({ onPrice }: { readonly onPrice: (form: PriceForm) => void }) {
  const [withdrawing, setWithdrawing] = useState<PriceDecisionView>();
  const list = useQuery({
    queryKey: DECISIONS,
    queryFn: ({ signal }) => asking(signal).priceDecisions(),
  });
  if (list.data === undefined) return list.error === null ? null : <Trouble error={list.error} />;
  const { decisions } = list.data;
  if (decisions.length === 0)
    return (
      <section className="card empty">
        <h2>No price was decided here yet</h2>
        <p>
          Calls are priced by the list, and by overrides in setpoint.yaml. A contract price, a discount or a
          correction of the list is set here, with its dates and its reason; many at once come as a sheet:
        </p>
        <pre className="snippet" tabIndex={0} aria-label="A sheet of prices from the command line">
          setpoint price import contract.csv --reason "contract 2027"
        </pre>
        <button type="button" className="btn" onClick={() => onPrice(EMPTY_PRICE)}>
          Set a price
        </button>
      </section>
    );
  return (
    <section className="card">
      <header>
        <h2>Decisions</h2>
        <p>newest first; nothing is ever removed</p>
      </header>
      <div className="scroll" role="region" tabIndex={0} aria-label="Decisions">
        <table className="ends">
          <caption className="sr">Decisions about prices, newest first</caption>
          <Heads texts={['For', 'Price', 'Holds', 'Decided', 'Standing']} acts />
          <tbody>
            {decisions.map((decision) => (
              <DecisionRow key={decision.id} decision={decision} onWithdraw={setWithdrawing} />
            ))}
          </tbody>
        </table>
      </div>
      {withdrawing !== undefined && (
        <WithdrawDialog decision={withdrawing} onClose={() => setWithdrawing(undefined)} />
      )}
    </section>
  );
}

interface DecisionRowProps {
  readonly decision: PriceDecisionView;
  readonly onWithdraw: (decision: PriceDecisionView) => void;
}

function DecisionRow({ decision, onWithdraw }: DecisionRowProps) {
  const { id, actor, at, reason, standing, from, until, confirmed } = decision;
  const canEnd = standing === 'in-force' || standing === 'announced';
  const scope = scopeText(decision.price ?? {});
  return (
    <tr className="loose">
      <td>
        <span className="cut" title={`${decision.provider ?? ''} ${decision.model ?? ''}`}>
          {decision.action === 'withdraw' ? 'Withdrawal' : decision.model}
          <small>
            {decision.provider ?? ''}
            {scope !== '' && ` · ${scope}`}
          </small>
        </span>
      </td>
      <td className="wrap">{priceText(decision)}</td>
      <td className="soft">
        {from === null ? 'always' : `from ${dateText(from)}`}
        {until !== null && <small>until {dateText(until)}</small>}
      </td>
      <td className="wrap soft">
        {reason}
        <small>
          {actor}, {dateText(at)}
          {confirmed.length > 0 && <span title={confirmed.join('\n')}> · was suspicious, confirmed</span>}
        </small>
      </td>
      <td>
        <span className={`chip ${LOOKS[standing]}`}>{standing.replace('-', ' ')}</span>
      </td>
      <td className="num">
        {canEnd && (
          <button
            type="button"
            className="btn plain"
            aria-label={`Withdraw the price of ${decision.provider} ${decision.model} (${id})`}
            onClick={() => onWithdraw(decision)}
          >
            Withdraw
          </button>
        )}
      </td>
    </tr>
  );
}

/** `Input 2.50, Output 10.00`, or the discount. */
function priceText({ price, ends }: PriceDecisionView): string {
  if (price === null) return ends === null ? '' : `ends decision ${ends}`;
  const { rates, multiplier } = price;
  if (typeof multiplier === 'string') return multipleText(multiplier);
  if (typeof rates !== 'object' || rates === null) return '';
  return Object.entries(rates)
    .map(([bucket, rate]) => `${bucketLabel(bucket)} ${rateText(String(rate))}`)
    .join(', ');
}

function asWithdrawn(list: PriceDecisions, id: string): PriceDecisions {
  const decisions = list.decisions.map((one) =>
    one.id === id ? { ...one, standing: 'withdrawn' as const } : one,
  );
  return { ...list, decisions };
}

interface WithdrawDialogProps {
  readonly decision: PriceDecisionView;
  readonly onClose: () => void;
}

function WithdrawDialog({ decision, onClose }: WithdrawDialogProps) {
  const keyOf = useTryKey();
  const { id, provider, model } = decision;
  const withdraw = useDecision({
    call: (reason: string) => api.withdrawPrice(id, { reason }, keyOf(reason)),
    changes: ['prices'],
    shows: { key: DECISIONS, as: (list: PriceDecisions) => asWithdrawn(list, id) },
    done: ({ published }) => ({
      text: `The price of ${provider} ${model} is withdrawn`,
      effect: `The price before it holds again; what is booked stays as it is.${published ? '' : ' The gateways could not be told yet; they will be at the next publication.'}`,
      undo: () => api.restorePrice(id, { reason: 'taken back right after it was decided' }),
    }),
    refusedAs: () => `Withdraw the price of ${provider} ${model}`,
  });
  return (
    <Dialog title="Withdraw price" note={`${provider} ${model}`} onClose={onClose}>
      <ReasonForm
        text="From now on the price before it holds again. What was priced by it stays as it is booked."
        act="Withdraw price"
        pending={withdraw.isPending}
        onAct={(reason) => {
          withdraw.mutate(reason);
          onClose();
        }}
        onCancel={onClose}
      />
    </Dialog>
  );
}
