import { ApiProblem } from '../../api/client.ts';

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
