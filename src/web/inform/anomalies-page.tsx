/** What is out of the ordinary, and what people say it is. */
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';

import type {
  AnomaliesAnswer,
  NewAnomalyNote,
  ShapeAnomaly,
  SpendAnomaly,
} from '../../api/contract/anomalies.ts';
import { shareText } from '../../units/figures.ts';
import { useDecision } from '../parts/decide.ts';
import { Content } from '../parts/content.tsx';
import { FilterBar } from '../parts/filter-bar.tsx';
import { askOf, useFilters } from '../parts/filters.ts';
import { shortInstant } from '../parts/instants.ts';
import { ledgerLink } from '../parts/ledger-link.ts';
import { absolutePeriod } from '../parts/periods.ts';
import { Shell } from '../parts/shell.tsx';
import { filesOf } from './files.ts';
import { api, asking } from '../parts/server.ts';
import { Trouble } from './trouble.tsx';

export function AnomaliesPage() {
  const [filters] = useFilters();
  const ask = askOf(filters);
  const answer = useQuery({
    queryKey: ['anomalies', ask],
    queryFn: ({ signal }) => asking(signal).anomalies(ask),
  });
  const { data } = answer;
  useEffect(() => {
    document.title = 'Anomalies · Setpoint';
  }, []);
  return (
    <Shell title="Anomalies" links={filesOf('Findings', 'anomalies', ask)}>
      <FilterBar show={['period', 'filters']} facts={data} away={answer.error !== null} />
      <Content isOld={answer.isPlaceholderData} isReady={data !== undefined && !answer.isPlaceholderData}>
        {answer.error !== null && <Trouble error={answer.error} data={undefined} />}
        {data !== undefined && <Found data={data} />}
      </Content>
    </Shell>
  );
}

function Found({ data }: { readonly data: AnomaliesAnswer }) {
  return (
    <>
      <p className="sentence">{data.sentence}</p>
      <section className="card">
        <header>
          <h2>Strange spend</h2>
          <p>hours outside the band of their hour of the week, largest first</p>
        </header>
        {data.spend.length === 0 ? (
          <p className="body quiet">None in this period.</p>
        ) : (
          <ul className="findings">
            {data.spend.map((one) => (
              <Finding key={one.id} one={one} timeZone={data.timeZone} detail={pathText(one)} />
            ))}
          </ul>
        )}
        <footer>
          <span className="quiet">{bandText(data)}</span>
        </footer>
      </section>
      <section className="card">
        <header>
          <h2>Shape of requests</h2>
          <p>drivers that crept or stepped, whatever spend did</p>
        </header>
        {data.shape.length === 0 ? (
          <p className="body quiet">None in this period.</p>
        ) : (
          <ul className="findings">
            {data.shape.map((one) => (
              <Finding
                key={one.id}
                one={one}
                timeZone={data.timeZone}
                detail={one.dearer ? 'costs money' : 'saves money'}
              />
            ))}
          </ul>
        )}
      </section>
    </>
  );
}

interface FindingProps {
  readonly one: SpendAnomaly | ShapeAnomaly;
  readonly timeZone: string;
  readonly detail: string;
}

function Finding({ one, timeZone, detail }: FindingProps) {
  const note = useNoting(one);
  const [{ where }] = useFilters();
  const proof = ledgerLink({
    during: absolutePeriod(one, timeZone),
    where: [...where, `workflow=${one.workflow}`],
  });
  return (
    <li className="finding">
      <p>{one.sentence}</p>
      <div className="acts">
        {one.state === 'open' ? (
          <>
            <button
              type="button"
              className="btn"
              disabled={note.isPending}
              onClick={() => note.mutate({ state: 'acknowledged', was: one.state })}
            >
              Acknowledge
            </button>
            <button
              type="button"
              className="btn plain"
              disabled={note.isPending}
              onClick={() => note.mutate({ state: 'expected', was: one.state })}
            >
              Expected
            </button>
          </>
        ) : (
          <>
            <span className="chip">{one.state}</span>
            <button
              type="button"
              className="btn plain"
              disabled={note.isPending}
              onClick={() => note.mutate({ state: 'open', was: one.state })}
            >
              Open again
            </button>
          </>
        )}
      </div>
      <p className="small quiet">
        {shortInstant(one.from, timeZone)} to {shortInstant(one.to, timeZone)}
        {detail !== '' && ` · ${detail}`} ·{' '}
        <a className="proof" {...proof}>
          its calls
        </a>
      </p>
    </li>
  );
}

const STATES = {
  open: 'open again',
  acknowledged: 'acknowledged',
  expected: 'expected',
  resolved: 'resolved',
};

/** What is said of a finding. It moves no money; an expected one is not learnt from, until it is taken back. */
function useNoting(one: FindingProps['one']) {
  type State = NewAnomalyNote['state'];
  // What it was is asked along: the row shows the new word before the server has answered.
  interface Noting {
    readonly state: State;
    readonly was: State;
  }
  const { id, workflow, from, to, note } = one;
  const say = (state: State, ifState: State) =>
    api.noteAnomaly(id, { state, workflow, from, to, note, ifState });
  const name = workflow === '' ? 'Unattributed spend' : workflow;
  return useDecision({
    call: ({ state, was }: Noting) => say(state, was),
    changes: ['anomalies'],
    shows: {
      key: ['anomalies'],
      as: (data: AnomaliesAnswer, { state }) => ({
        ...data,
        spend: data.spend.map((other) => (other.id === id ? { ...other, state } : other)),
        shape: data.shape.map((other) => (other.id === id ? { ...other, state } : other)),
      }),
    },
    done: (_answer, { state, was }) => ({
      text: `${name}: ${STATES[state]}`,
      ...(state === 'expected' && { effect: 'Nothing is learnt from these hours. No money was moved.' }),
      undo: () => say(was, state),
    }),
    refusedAs: ({ state }) => `${name}: ${STATES[state]}`,
  });
}

function pathText({ path, spread, explained }: SpendAnomaly): string {
  if (!explained) return '';
  const told = path.filter(({ telling }) => telling);
  const nodes = told.map(({ dimension, value }) => `${dimension} ${value || 'unattributed'}`);
  if (nodes.length > 0) return `carried by ${nodes.join(', ')}`;
  return spread.length === 0 ? '' : `spread over ${spread.map((dimension) => `${dimension}s`).join(', ')}`;
}

function bandText({ band, tooYoung }: AnomaliesAnswer): string {
  const held =
    band.measured === null
      ? 'No hour could be judged yet: three weeks of history are needed.'
      : `${shareText(band.measured, 1)} of ${band.judgedHours.toLocaleString('en-US')} judged hours lay inside their band, which is meant to hold ${shareText(band.asked)}.`;
  return tooYoung.length === 0
    ? held
    : `${held} Too young to judge: ${tooYoung.map((name) => name || 'unattributed').join(', ')}.`;
}
