/** What is out of the ordinary, and what people say it is. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

import type {
  AnomaliesAnswer,
  NewAnomalyNote,
  ShapeAnomaly,
  SpendAnomaly,
} from '../../api/contract/anomalies.ts';
import { shareText } from '../../units/figures.ts';
import { FilterBar } from '../parts/filter-bar.tsx';
import { askOf, useFilters } from '../parts/filters.ts';
import { shortInstant } from '../parts/instants.ts';
import { Shell } from '../parts/shell.tsx';
import { filesOf } from './files.ts';
import { api } from './ledger-api.ts';
import { Trouble } from './trouble.tsx';

export function AnomaliesPage() {
  const [filters] = useFilters();
  const ask = askOf(filters);
  const answer = useQuery({ queryKey: ['anomalies', ask], queryFn: () => api.anomalies(ask) });
  const { data } = answer;
  useEffect(() => {
    document.title = 'Anomalies · Setpoint';
  }, []);
  return (
    <Shell title="Anomalies" links={filesOf('Findings', 'anomalies', ask)}>
      <FilterBar show={['period', 'filters']} facts={data} away={answer.error !== null} />
      <div className="content" aria-busy={answer.isPlaceholderData}>
        {answer.error !== null && <Trouble error={answer.error} data={undefined} />}
        {data !== undefined && <Found data={data} />}
      </div>
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
  const queries = useQueryClient();
  const note = useMutation({
    mutationFn: (state: NewAnomalyNote['state']) =>
      api.noteAnomaly(one.id, { state, workflow: one.workflow, from: one.from, to: one.to, note: one.note }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['anomalies'] }),
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
              onClick={() => note.mutate('acknowledged')}
            >
              Acknowledge
            </button>
            <button
              type="button"
              className="btn plain"
              disabled={note.isPending}
              onClick={() => note.mutate('expected')}
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
              onClick={() => note.mutate('open')}
            >
              Open again
            </button>
          </>
        )}
      </div>
      <p className="small quiet">
        {shortInstant(one.from, timeZone)} to {shortInstant(one.to, timeZone)}
        {detail !== '' && ` · ${detail}`}
        {note.error !== null && ` · not noted: ${note.error.message}`}
      </p>
    </li>
  );
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
