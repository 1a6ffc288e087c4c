/** The panel of whichever filter is open, beside its button. Loaded when the first one is opened. */
import { Popover } from '@base-ui/react/popover';
import { useState } from 'react';

import { dayIn } from '../days.ts';
import { useFilters } from '../filters.ts';
import { GRAINS } from '../periods.ts';
import { ByPanel } from './by-panel.tsx';
import { ChoiceList } from './choice-list.tsx';
import { openFilter } from './open.ts';
import type { FilterName } from './open.ts';
import { ComparePanel, PeriodPanel } from './period-panel.tsx';
import { WherePanel } from './where-panel.tsx';
import { ZonePanel } from './zone-panel.tsx';

const TITLES: Readonly<Record<FilterName, string>> = {
  period: 'Period',
  compare: 'Compare',
  grain: 'Granularity',
  by: 'Break down',
  filters: 'Filters',
  zone: 'Time zone',
};

export interface PopupProps {
  readonly name: FilterName | undefined;
  /** The button that the panel belongs to; it has the focus again when the panel is closed. */
  readonly anchorOf: (name: FilterName) => HTMLElement | null;
  readonly by: string;
  readonly depth: number;
  readonly onBy: (by: string) => void;
  /** Where days begin and what day it is there, as the server said last. */
  readonly timeZone: string;
  readonly asOf: string | undefined;
}

const close = (): void => openFilter(undefined);

export function FilterPopup(props: PopupProps) {
  const [name, setName] = useState(props.name);
  if (props.name !== undefined && props.name !== name) setName(props.name); // the last one stays while it closes
  if (name === undefined) return null;
  const anchor = (): HTMLElement | null => props.anchorOf(name);
  return (
    <Popover.Root
      open={props.name !== undefined}
      onOpenChange={(open, { event }) => {
        // The button itself opens and closes: a press on it is none outside.
        if (!open && !(event.target instanceof Node && anchor()?.contains(event.target) === true)) close();
      }}
    >
      <Popover.Portal>
        <Popover.Positioner
          anchor={anchor}
          align="start"
          sideOffset={6}
          collisionPadding={8}
          className="popup-place"
        >
          <Popover.Popup className={`popup ${name}`} aria-label={TITLES[name]} finalFocus={anchor}>
            <Panel key={name} {...props} name={name} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

const grains = Object.entries(GRAINS).map(([value, label]) => ({ value, label }));

function Panel(props: PopupProps & { readonly name: FilterName }) {
  const [filters, setFilters] = useFilters();
  const choose = (change: Parameters<typeof setFilters>[0]): void => {
    setFilters(change);
    close();
  };
  const [openedMs] = useState(() => Date.now());
  const today = dayIn(props.timeZone, props.asOf === undefined ? openedMs : Date.parse(props.asOf));
  switch (props.name) {
    case 'period':
      return <PeriodPanel value={filters.during} today={today} onPick={(during) => choose({ during })} />;
    case 'compare':
      return <ComparePanel value={filters.compare} today={today} onPick={(compare) => choose({ compare })} />;
    case 'grain':
      return (
        <ChoiceList
          label="Granularity"
          value={filters.grain}
          choices={grains}
          onPick={(grain) => choose({ grain })}
        />
      );
    case 'by':
      return <ByPanel by={props.by} depth={props.depth} onBy={props.onBy} onDone={close} />;
    case 'filters':
      return <WherePanel filters={filters} onWhere={(where) => setFilters({ where })} />;
    case 'zone':
      return <ZonePanel zone={filters.zone} onZone={(zone) => choose({ zone })} />;
  }
}
