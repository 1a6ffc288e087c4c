import { ApiProblem } from '../../api/client.ts';
import type { LedgerAnswer } from '../../api/contract.ts';
import { Icon } from '../parts/icon.tsx';
import { shortInstant } from '../parts/instants.ts';

interface Told {
  readonly title: string;
  readonly detail: string;
  /** The question was wrong: asking it again cannot help. */
  readonly refused: boolean;
}

/** An error of the client, in words for the person at the page. */
export function tell(error: Error): Told {
  if (error instanceof ApiProblem) {
    const { title, detail, status } = error.problem;
    if (status < 500) return { title, detail, refused: true };
    // The detail of a failure begins with what happened, which its title would only say twice.
    const [first = title, ...rest] = detail.split('. ');
    return { title: first.replace(/\.$/, ''), detail: rest.join('. '), refused: false };
  }
  return {
    title: 'Setpoint does not answer',
    detail:
      'Its control process may be down or restarting; the gateway serves calls without it, and keeps them in the journal.',
    refused: false,
  };
}

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
