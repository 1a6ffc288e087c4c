/** Every part the pages are made of, in each of its states. A page that needs a part that is not here adds it here first. */
import { useEffect } from 'react';

import { Shell } from '../shell.tsx';
import './gallery.css';
import { AskingStates } from './asking-states.tsx';
import { BarStates, SparklineStates, WaterfallStates } from './bar-states.tsx';
import { BacktestStates, FanStates } from './forecast-states.tsx';
import { Colours, Notation, Numbers, StatesOfANumber, Verdicts } from './house-parts.tsx';
import {
  BurnStates,
  DialStates,
  DollarStates,
  IntervalStates,
  LineStates,
  TornadoStates,
} from './mark-states.tsx';
import { UndoStates } from './undo-states.tsx';
import { Controls, DrawerPart, EmptyState, TableAndTiles } from './working-parts.tsx';

export function GalleryPage() {
  useEffect(() => {
    document.title = 'Parts · Setpoint';
  }, []);
  return (
    <Shell title="Parts" chips={<span className="chip line">made-up data</span>}>
      <div className="content" data-ready>
        <p className="sentence">
          Every part the pages are made of, in each of its states. If a page needs a part that is not here,
          add it here first.
        </p>
        <Colours />
        <div className="grid gallery-two">
          <Notation />
          <StatesOfANumber />
        </div>
        <div className="grid gallery-two">
          <Numbers />
          <Controls />
        </div>
        <Verdicts />
        <TableAndTiles />
        <div className="grid gallery-two">
          <EmptyState />
          <DrawerPart />
        </div>
        <UndoStates />
        <AskingStates />
        <BarStates />
        <SparklineStates />
        <WaterfallStates />
        <LineStates />
        <DialStates />
        <DollarStates />
        <IntervalStates />
        <BurnStates />
        <TornadoStates />
        <FanStates />
        <BacktestStates />
      </div>
    </Shell>
  );
}
