import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { UseQueryResult } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import type { NewRule, PreviewAnswer } from '../../../api/contract/attribution.ts';
import { countText, moneyText, shareText } from '../../../units/figures.ts';
import { asking } from '../../parts/server.ts';
import { Trouble } from '../trouble.tsx';

const SETTLED_MS = 350;

/** What a draft would move, asked once typing has settled. */
export function useRuleEffect(rule: NewRule | undefined, during: string): UseQueryResult<PreviewAnswer> {
  const text = rule === undefined ? '' : JSON.stringify({ ...rule, reason: undefined });
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return useQuery({
    queryKey: ['attribution', 'preview', during, settled],
    queryFn: ({ signal }) =>
      asking(signal).attribution.preview({ during, drafts: [JSON.parse(settled) as NewRule], only: [] }),
    enabled: settled !== '' && text !== '',
    placeholderData: keepPreviousData,
  });
}

interface RuleEffectProps {
  readonly problem: string;
  readonly effect: UseQueryResult<PreviewAnswer>;
}

/** Before it is decided: what share of spend would move, and coverage before and after. */
export function RuleEffect({ problem, effect }: RuleEffectProps) {
  if (problem !== '') return <p className="quiet">{problem} Then this shows what it would move.</p>;
  if (effect.error !== null) return <Trouble error={effect.error} doing />;
  if (effect.data === undefined) return <p className="quiet">Weighing it…</p>;
  const forward = effect.data.rules.find((one) => one.forwardOnly !== null)?.forwardOnly ?? null;
  return (
    <div className={effect.isPlaceholderData ? 'pending' : ''} aria-live="polite">
      <Effect preview={effect.data} />
      {forward !== null && <p className="small quiet">It names calls to come only: {forward}.</p>}
    </div>
  );
}

export function Effect({ preview }: { readonly preview: PreviewAnswer }) {
  const { before, after, moved, total } = preview;
  return (
    <dl className="effect">
      <div>
        <dt>Would move</dt>
        <dd>
          {moved.amount.calls === 0 ? 'nothing' : moneyText(moved.amount.cost)}
          <small>
            {countText(moved.amount.calls)} calls, {shareText(moved.share, 1)} of {moneyText(total.cost)}
          </small>
        </dd>
      </div>
      <div>
        <dt>Coverage now</dt>
        <dd>
          {shareText(before.share, 1)}
          <small>{moneyText(before.missing.cost)} missing</small>
        </dd>
      </div>
      <div>
        <dt>Coverage then</dt>
        <dd>
          {shareText(after.share, 1)}
          <small>{moneyText(after.missing.cost)} missing</small>
        </dd>
      </div>
    </dl>
  );
}
