import { useQuery } from '@tanstack/react-query';

import { countText, moneyText, pricedPart } from '../../../units/figures.ts';
import { asking } from '../../parts/server.ts';
import type { CallsQuestion } from './use-calls.ts';

/** What the calls listed come to: whoever opened them from a figure finds that figure again. */
export function SumOf({ question }: { readonly question: CallsQuestion }) {
  const { data, isPlaceholderData } = useQuery({
    queryKey: ['ledger', 'sum', question],
    queryFn: ({ signal }) => asking(signal).ledger({ ...question, of: ['calls', 'cost', 'unpricedCalls'] }),
  });
  // The sum of the calls before, beside these, would be a wrong one.
  if (data === undefined || isPlaceholderData) return null;
  const { calls = 0, cost = '0', unpricedCalls = 0 } = data.total;
  const priced = pricedPart(calls, unpricedCalls);
  return (
    <>
      ; <b>{countText(calls)}</b> {calls === 1 ? 'call' : 'calls'},{' '}
      <b title={priced === 'none' ? undefined : `$${cost}, exact`}>
        {priced === 'none' ? 'unpriced' : moneyText(cost)}
      </b>
      {priced === 'some' && `, ${countText(unpricedCalls)} unpriced`}
    </>
  );
}
