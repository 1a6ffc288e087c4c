/** One answer of the forecast, and all that is tried on it. */
import { useDeferredValue, useEffect, useMemo, useState } from 'react';
import { useQuery } from '@tanstack/react-query';

import type { ForecastAsk } from './asks.ts';
import type { ForecastAnswer } from '../../../api/contract/forecast.ts';
import type { ScenarioRecord } from '../../../api/contract/plans.ts';
import type { DriverChange } from '../../../operate/forecast/scenario.ts';
import { asking } from '../../parts/server.ts';
import { Behind } from '../../parts/after-painting.ts';
import { useAddress } from '../../parts/address.ts';
import { Icon } from '../../parts/icon.tsx';
import { goTo } from '../../parts/path.ts';
import { say } from '../../parts/saying.tsx';
import { BacktestPanel } from './backtest-panel.tsx';
import { CommitmentPanel } from './commitment-panel.tsx';
import { changeFrom, draftFrom, draftText } from './draft.ts';
import { DriverRail } from './driver-rail.tsx';
import { DriversPanel } from './drivers-panel.tsx';
import { FanCard } from './fan-card.tsx';
import { MonthTable } from './month-table.tsx';
import { BASE, CHANGES } from './outlook.ts';
import { ProposeDialog } from './plan-dialogs.tsx';
import { ScenarioBar } from './scenario-bar.tsx';
import type { Doing } from './scenario-bar.tsx';
import { ImportDialog, RemoveDialog, SaveDialog } from './scenario-dialogs.tsx';
import { showForExport } from './scenario-exports.ts';
import { ScenarioTable } from './scenario-table.tsx';
import { FORECAST_DEFAULTS, isOf } from './scope.ts';
import type { PageScope } from './scope.ts';
import { ForecastSentence } from './sentence.tsx';
import { Tiles } from './tiles.tsx';
import { useOutlook } from './use-outlook.ts';
import { WhyCards } from './why-cards.tsx';
import { WorkflowTable } from './workflow-table.tsx';

interface ForecastViewProps {
  readonly answer: ForecastAnswer;
  readonly scope: PageScope;
  readonly ask: ForecastAsk;
}

export function ForecastView({ answer, scope, ask }: ForecastViewProps) {
  const tried = useTried(answer, scope);
  const { outlook, draft, setDraft, pick, listed, shown } = tried;
  const [concern, setConcern] = useState<string>();
  const [doing, setDoing] = useState<Doing>();
  const key = JSON.stringify(ask);
  // Steps and sensitivity come a moment after the curve: what is under the hand goes first.
  const later = useDeferredValue(outlook.picked);
  const why = useMemo(
    () => <WhyCards answer={answer} base={outlook.base} picked={later} />,
    [answer, outlook.base, later],
  );
  const below = useMemo(
    () => <Below {...{ answer, scope, ask }} />,
    // oxlint-disable-next-line react/exhaustive-deps
    [answer, key], // what no driver moves is not drawn again while one does; `ask` is a new object with each address
  );
  return (
    <>
      <ForecastSentence answer={answer} outlook={outlook} />
      <Notes notes={answer.notes} skill={answer.skill} />
      <Tiles answer={answer} scope={scope} />
      <Behind>
        <div className="grid rail-and-fan">
          <DriverRail
            {...{ answer, draft, concern }}
            picked={outlook.picked}
            onConcern={setConcern}
            onDraft={setDraft}
          />
          <div className="stack">
            <FanCard answer={answer} outlook={outlook}>
              <ScenarioBar
                saved={listed}
                shown={shown}
                picked={outlook.picked.key}
                draft={draft}
                editing={tried.editing}
                onToggle={tried.toggle}
                onEdit={tried.edit}
                onDo={setDoing}
              />
            </FanCard>
            <MonthTable answer={answer} picked={outlook.picked} spread={outlook.spread} scope={scope} />
            {why}
          </div>
        </div>
        <ScenarioTable outlook={outlook} onPick={pick} />
        {below}
      </Behind>
      <div className="acts">
        <button type="button" className="btn primary" onClick={() => setDoing({ what: 'propose' })}>
          Propose as plan
        </button>
        <span className="quiet small">
          A plan is locked before its months begin, and they are held against it.
        </span>
      </div>
      <Dialogs {...{ doing, scope, ask, tried }} onClose={() => setDoing(undefined)} />
    </>
  );
}

function Below({ answer, scope, ask }: ForecastViewProps) {
  return (
    <>
      <WorkflowTable answer={answer} />
      <DriversPanel answer={answer} />
      <BacktestPanel ask={ask} />
      <CommitmentPanel answer={answer} scope={scope} zone={ask.timeZone ?? ''} />
    </>
  );
}

type Tried = ReturnType<typeof useTried>;

/** What is laid over the forecast: saved scenarios, and the one that is being typed. The address keeps all of it. */
function useTried(answer: ForecastAnswer, scope: PageScope) {
  const [address, go] = useAddress(FORECAST_DEFAULTS);
  const [draft, setChanges] = useState<readonly DriverChange[]>(() => draftFrom(address.draft));
  const [source, setSource] = useState<{ readonly editing?: ScenarioRecord; readonly name?: string }>({});
  const scenarios = useQuery({
    queryKey: ['scenarios'],
    queryFn: ({ signal }) => asking(signal).forecast.scenarios(),
  });
  const listed = (scenarios.data?.scenarios ?? []).filter((one) => isOf(scope, one.scope));
  const shown = address.with === '' ? [] : address.with.split(',');
  const key = JSON.stringify(
    listed.filter(({ id }) => shown.includes(id)).map(({ id, version }) => [id, version]),
  );
  const saved = useMemo(
    () =>
      listed
        .filter(({ id }) => shown.includes(id))
        .map(({ id, name, changes }) => ({ key: id, name, changes: changes.map(changeFrom) })),
    // oxlint-disable-next-line react/exhaustive-deps
    [key], // what is shown, by id and version; lists are new objects with each answer
  );
  const draftName =
    source.name ?? (source.editing === undefined ? 'Your changes' : `${source.editing.name}, changed`);
  const outlook = useOutlook({ answer, saved, draft, draftName, pick: address.pick });
  useKeptDraft(draft, address.draft, go);
  const { picked } = outlook;
  useEffect(() => {
    showForExport({ ...scope, name: picked.name, note: '', changes: picked.changes });
    return () => showForExport(undefined);
    // oxlint-disable-next-line react/exhaustive-deps
  }, [picked.name, picked.changes]);
  const pick = (one: string): void => go({ pick: one === BASE ? '' : one }, 'replace');
  const setDraft = (next: readonly DriverChange[]): void => {
    setChanges(next);
    if (next.length === 0) setSource({});
    if (next.length > 0 && picked.key !== CHANGES) pick(CHANGES);
  };
  return {
    outlook,
    draft,
    listed,
    shown,
    pick,
    setDraft,
    editing: source.editing,
    name: source.name,
    toggle: (id: string): void => {
      const isShown = shown.includes(id);
      const next = isShown ? shown.filter((one) => one !== id) : [...shown, id];
      go({ with: next.join(','), pick: isShown ? '' : id });
    },
    edit: (one: ScenarioRecord): void => {
      setChanges(one.changes.map(changeFrom));
      setSource({ editing: one });
      pick(CHANGES);
    },
    read: (changes: readonly DriverChange[], name: string): void => {
      setChanges(changes);
      setSource({ name });
      pick(CHANGES);
    },
    kept: (one: ScenarioRecord): void => {
      setChanges([]);
      setSource({});
      go({ with: [...new Set([...shown, one.id])].join(','), pick: one.id, draft: '' });
    },
    gone: (id: string): void => go({ with: shown.filter((one) => one !== id).join(','), pick: '' }),
  };
}

const KEEP_MS = 400;

/** What is typed goes into the address once it stands still, without a step of the history for each move. */
function useKeptDraft(
  draft: readonly DriverChange[],
  kept: string,
  go: ReturnType<typeof useAddress<keyof typeof FORECAST_DEFAULTS>>[1],
): void {
  const text = draftText(draft);
  useEffect(() => {
    if (text === kept) return undefined;
    const timer = setTimeout(() => go({ draft: text }, 'replace'), KEEP_MS);
    return () => clearTimeout(timer);
  }, [text, kept, go]);
}

function Notes({ notes, skill }: Pick<ForecastAnswer, 'notes' | 'skill'>) {
  const said = notes.some((note) => note.startsWith('No skill'));
  const all =
    skill === 'none' && !said
      ? [
          'No skill over seasonal naive: seasonal naive is used, which says that a day will be as its weekday was.',
          ...notes,
        ]
      : notes;
  if (all.length === 0) return null;
  return (
    <div className="notice" role="status">
      <Icon name="alert" />
      <ul>
        {all.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </div>
  );
}

interface DialogsProps {
  readonly doing: Doing | undefined;
  readonly scope: PageScope;
  readonly ask: ForecastAsk;
  readonly tried: Tried;
  readonly onClose: () => void;
}

function Dialogs({ doing, scope, ask, tried, onClose }: DialogsProps) {
  if (doing === undefined) return null;
  switch (doing.what) {
    case 'save':
      return (
        <SaveDialog
          saved={doing.saved}
          name={tried.name ?? ''}
          scope={scope}
          changes={tried.draft}
          onSaved={(one) => {
            tried.kept(one);
            say(`${one.name} is kept, version ${one.version}.`);
            onClose();
          }}
          onClose={onClose}
        />
      );
    case 'remove':
      return (
        <RemoveDialog
          saved={doing.saved}
          onRemoved={() => {
            tried.gone(doing.saved.id);
            onClose();
          }}
          onClose={onClose}
        />
      );
    case 'import':
      return (
        <ImportDialog
          onRead={({ changes, name }) => {
            tried.read(changes, name);
            onClose();
          }}
          onClose={onClose}
        />
      );
    case 'propose':
      return (
        <ProposeDialog
          scope={scope}
          scenarios={tried.listed}
          picked={tried.outlook.picked.key}
          months={String(ask.months ?? 3)}
          zone={ask.timeZone ?? ''}
          onProposed={() => goTo('forecast/plans')}
          onClose={onClose}
        />
      );
  }
}
