import { useQuery } from '@tanstack/react-query';

import type { TryAnswer } from '../../../api/contract/gateway.ts';
import type { Receipt } from '../../../api/contract.ts';
import { countText, exactMoney } from '../../../units/figures.ts';
import { asking } from '../../parts/server.ts';
import { ReceiptLink } from '../start/first-call.tsx';

/** What came back, and what it cost as soon as the ledger has it. */
export function Answer({ answer }: { readonly answer: TryAnswer }) {
  const { call, text, body, status, recorded } = answer;
  const receipt = useQuery({
    queryKey: ['receipt', call],
    queryFn: ({ signal }) => asking(signal).receipt(call),
    enabled: recorded,
  });
  return (
    <div className="body stack-tight">
      <p className={status >= 400 ? 'said bad' : 'said'}>{text || 'There is no text in the answer.'}</p>
      <div role="status">
        {call === '' ? (
          <p>It was refused before it was a call: nothing was sent to a provider, nothing was charged.</p>
        ) : (
          <Cost receipt={receipt.data} isAway={!recorded || receipt.error !== null} call={call} />
        )}
      </div>
      <details>
        <summary>The answer as it came</summary>
        <pre className="snippet" tabIndex={0} aria-label="The answer as it came">
          {pretty(body)}
        </pre>
      </details>
    </div>
  );
}

interface CostProps {
  readonly receipt: Receipt | undefined;
  readonly isAway: boolean;
  readonly call: string;
}

function Cost({ receipt, isAway, call }: CostProps) {
  if (isAway)
    return (
      <p>
        It is recorded, and the ledger does not have its line yet. <ReceiptLink call={call} />
      </p>
    );
  if (receipt === undefined) return <p className="soft">Its receipt is being written …</p>;
  const [line] = receipt.lines;
  const simulated = receipt.lines.every((one) => one.simulated);
  return (
    <p>
      {receipt.unpricedLines > 0 ? (
        <>No price is known for it, so its cost is not known</>
      ) : (
        <>
          It cost <b>{exactMoney(receipt.total, 8, '$')}</b>
        </>
      )}
      {line !== undefined && (
        <>
          {' '}
          for {countText(line.inputTokens)} tokens in and {countText(line.outputTokens)} out
        </>
      )}
      {simulated && receipt.unpricedLines === 0 && ', as the simulator prices it: no money was spent'}.{' '}
      <ReceiptLink call={call} />
    </p>
  );
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
