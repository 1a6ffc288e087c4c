/** Which model serves how much of one workflow: what one gains the others give, in proportion. */
import { applyChanges } from '../../../operate/forecast/scenario.ts';
import type { BaseLine, DriverChange } from '../../../operate/forecast/scenario.ts';
import { shareText } from '../../../units/figures.ts';
import { changeOf, moved, withChange, without } from './draft.ts';
import { DriverRow } from './driver-row.tsx';

interface MixRowsProps {
  readonly line: BaseLine | undefined;
  readonly draft: readonly DriverChange[];
  readonly concern: string | undefined;
  readonly onDraft: (draft: readonly DriverChange[]) => void;
}

const MOST_MODELS = 4;

export function MixRows({ line, draft, concern, onDraft }: MixRowsProps) {
  const drivers = line?.months.at(-1)?.drivers;
  if (drivers === undefined || drivers.models.length < 2) return null;
  const now = applyChanges(
    drivers,
    draft.filter(
      (one) => one.driver === 'mix' && (one.workflow === undefined || one.workflow === line?.workflow),
    ),
  );
  const models = drivers.models.toSorted((a, b) => b.share - a.share).slice(0, MOST_MODELS);
  return models.map(({ model, share }) => {
    const key = { driver: 'mix' as const, workflow: concern, model };
    return (
      <DriverRow
        key={model}
        label={model}
        unit="of calls"
        from={share}
        value={now.models.find((one) => one.model === model)?.share ?? share}
        today={undefined}
        history={[]}
        text={(value) => shareText(value, 1)}
        most={1}
        share
        change={changeOf(draft, key)}
        onMove={(value) =>
          onDraft(moved(draft, { key, value: Math.min(value, 1), from: share, several: false }))
        }
        onReset={() => onDraft(without(draft, key))}
        onDescribe={(next) => onDraft(withChange(draft, next))}
      />
    );
  });
}
