import type { LedgerAnswer } from '../../../api/contract.ts';
import { countText, moneyText, pricedPart, shareText } from '../../../units/figures.ts';
import type { Conditions } from '../../parts/conditions.ts';
import { WITHOUT_CALLS } from '../empty-period.tsx';

interface SentenceProps {
  readonly data: LedgerAnswer;
  /** Opens the calls that prove a figure. */
  readonly onShow: (conditions: Conditions) => void;
}

/** One true sentence, made from the same answer as the table below it. */
export function Sentence({ data, onShow }: SentenceProps) {
  const calls = data.total.calls ?? 0;
  if (calls === 0)
    return (
      <p className="sentence">
        <Proof onShow={() => onShow([])}>{moneyText(data.total.cost ?? '0')}</Proof>, and {WITHOUT_CALLS}.
      </p>
    );
  const priced = pricedPart(calls, data.unpricedCalls);
  const noun = calls === 1 ? 'call' : 'calls';
  return (
    <p className="sentence">
      {data.simulated === 'only' && 'Simulated, no money was spent: '}
      <b>{countText(calls)}</b>{' '}
      {priced === 'none' ? (
        <>{noun}, and no price is known for any of them</>
      ) : (
        <>
          {noun} {data.simulated === 'only' ? 'would have cost' : 'cost'}{' '}
          <Proof onShow={() => onShow([])}>{moneyText(data.total.cost ?? '0')}</Proof>
        </>
      )}
      . <Largest data={data} onShow={onShow} />
      <b>{shareText(1 - data.unattributedCalls / calls, 1).replace('.0%', '%')}</b> of calls name a workflow
      {priced === 'some' && (
        <>
          , and <b>{countText(data.unpricedCalls)}</b> {data.unpricedCalls === 1 ? 'waits' : 'wait'} for a
          price
        </>
      )}
      .
    </p>
  );
}

function Largest({ data, onShow }: SentenceProps) {
  const [largest] = data.rows;
  const share = largest?.figures.share ?? null;
  if (largest === undefined || share === null || data.rows.length < 2 || data.by[0] === 'day') return null;
  const [name = ''] = largest.group;
  const conditions = largest.group.map((value, index) => `${data.by[index]}=${value}`);
  return (
    <>
      {name === '' ? `Calls that name no ${data.by[0]} are` : `${name} is`}{' '}
      <Proof onShow={() => onShow(conditions)}>{shareText(share)}</Proof> of it;{' '}
    </>
  );
}

function Proof({ children, onShow }: { readonly children: string; readonly onShow: () => void }) {
  return (
    <button type="button" className="proof" onClick={onShow}>
      <b>{children}</b>
    </button>
  );
}
