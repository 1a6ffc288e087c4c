import type { LedgerAnswer } from '../../api/contract.ts';
import { Icon } from '../parts/icon.tsx';
import { shortInstant } from '../parts/instants.ts';
import { tell } from '../parts/telling.ts';

interface TroubleProps {
  readonly error: Error;
  readonly data?: LedgerAnswer | undefined;
  /** Something was to be done, not shown: it is not tried again by itself. */
  readonly doing?: boolean;
}

/** What went wrong, what it means for the money, and what happens next. */
export function Trouble({ error, data, doing = false }: TroubleProps) {
  const { title, detail, refused } = tell(error);
  return (
    <p className="notice trouble" role="alert">
      <Icon name="alert" />
      <span>
        <b>{title}.</b> {detail}
        {!refused && !doing && ' This page asks again by itself.'}
        {!refused && doing && ' Whether it was done is not known: look before you try again.'}
        {data !== undefined && ` The figures below are as of ${shortInstant(data.asOf, data.timeZone)}.`}
      </span>
    </p>
  );
}
