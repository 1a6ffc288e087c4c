import type { LedgerLine } from '../../../api/contract.ts';
import { Icon } from '../../parts/icon.tsx';
import { onLink } from '../../parts/path.ts';

interface NextStepsProps {
  /** The newest call; undefined: there is none yet. */
  readonly line: LedgerLine | undefined;
  readonly needsKey: boolean;
  readonly budgets: number;
}

interface Step {
  readonly done: boolean | undefined;
  readonly title: string;
  readonly text: string;
  readonly path: string;
  readonly search?: string;
  readonly link: string;
}

/** What makes the first call worth something: each step says whether it is done, by what the ledger and the registry say. */
export function NextSteps(props: NextStepsProps) {
  return (
    <section className="card" aria-labelledby="next-steps">
      <header>
        <h2 id="next-steps">Then</h2>
      </header>
      <ol className="steps-list">
        {stepsOf(props).map(({ done, title, text, path, search = '', link }) => (
          <li key={title}>
            <span className={done === true ? 'step-mark done' : 'step-mark'}>
              {done === true && <Icon name="check" />}
            </span>
            <div>
              <h3>
                {title} <span className="chip">{stateText(done)}</span>
              </h3>
              <p>{text}</p>
              <a className="proof" href={`/${path}${search}`} onClick={onLink(path, search)}>
                {link}
              </a>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

function stateText(done: boolean | undefined): string {
  return done === undefined ? 'after the first call' : done ? 'done' : 'to do';
}

export function stepsOf({ line, needsKey, budgets }: NextStepsProps): Step[] {
  return [
    {
      done: line && line.workflow !== '',
      title: 'Name the workflow',
      text:
        line?.workflow === ''
          ? 'The newest call names none, so nobody answers for its cost. Send x-setpoint-workflow, or write a rule for calls that cannot.'
          : 'Send x-setpoint-workflow and -team with every call. A rule names calls that cannot.',
      path: 'attribution',
      link: 'Who calls, and rules',
    },
    {
      done: line && line.cost !== null,
      title: 'Have a price for every model',
      text:
        line?.cost === null
          ? `No price is known for ${line.model || line.modelRequested}: the call counts, its dollars do not. Set what you pay.`
          : 'List prices come with Setpoint. What you agreed goes on top, from the day on which it holds.',
      path: 'prices',
      link: 'Price book',
    },
    {
      done: budgets > 0,
      title: 'Set a budget',
      text: 'A hard budget is never passed: a call goes only when the most that it can cost fits.',
      path: 'budgets',
      link: 'Budgets',
    },
    {
      done: needsKey,
      title: 'Give each application a key',
      text: 'A key says whose call it is, and what it may do. The first one ends calls without a key.',
      path: 'gateway',
      search: '?view=keys',
      link: 'Keys',
    },
  ];
}
