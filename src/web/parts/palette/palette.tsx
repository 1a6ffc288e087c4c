/** Search, go and do: everything that can be reached, by writing. Loaded when it is first opened. */
import { Autocomplete } from '@base-ui/react/autocomplete';
import { useQuery } from '@tanstack/react-query';
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';

import { useInSight } from '../after-painting.ts';
import { Icon } from '../icon.tsx';
import { Keys } from '../keys.tsx';
import { openOverlay } from '../overlay.ts';
import { useViews } from '../views/views-data.ts';
import { NAMED, entriesFor, firstOf } from './entries.ts';
import type { Entry, EntryGroup, Names } from './entries.ts';
import { api } from '../server.ts';

/** Names are looked for in what was spent lately, largest first. */
const LATELY = '90d';
const MOST = 300;
const FRESH_MS = 60_000;
const NOTHING = 'Nothing is called so: neither a page nor an act nor a view, nor a name of the last 90 days.';

/** Over the page by its place alone: a modal dialog would make the browser work out the style of the whole page anew. */
export function Palette() {
  const place = useRef<HTMLDialogElement>(null);
  // A layout effect: it is closed before it is taken away, so that it gives the focus back.
  useLayoutEffect(() => {
    const dialog = place.current;
    dialog?.show();
    return () => dialog?.close();
  }, []);
  const close = (): void => openOverlay(undefined);
  return (
    <div className="palette-over" onClick={close}>
      <dialog
        ref={place}
        className="palette"
        aria-label="Search, go and do"
        aria-modal="true"
        onClick={(event) => event.stopPropagation()}
        onKeyDown={(event) => {
          if (event.key === 'Tab') turnFocus(event);
          if (event.key === 'Escape' && !event.defaultPrevented) close();
        }}
      >
        <Finder />
      </dialog>
    </div>
  );
}

/** From the last thing to the first and back: the page behind it is not reached. */
function turnFocus(event: KeyboardEvent<HTMLElement>): void {
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>('input, button')];
  const at = all.findIndex((one) => one === document.activeElement);
  event.preventDefault();
  all.at((at + (event.shiftKey ? -1 : 1)) % all.length)?.focus();
}

function Finder() {
  const [query, setQuery] = useState('');
  const names = useQuery({ queryKey: ['palette', 'names'], queryFn: readNames, staleTime: FRESH_MS });
  const bills = useQuery({ queryKey: ['palette', 'invoices'], queryFn: readBills, staleTime: FRESH_MS });
  const { views } = useViews();
  const inSight = useInSight();
  const groups = useMemo(
    () => firstOf(entriesFor(query, names.data ?? {}, bills.data ?? [], views), inSight),
    [query, names.data, bills.data, views, inSight],
  );
  return (
    <Autocomplete.Root
      open
      inline
      items={groups}
      filter={null}
      value={query}
      onValueChange={(value, { reason }) => {
        if (reason !== 'item-press') setQuery(value);
      }}
      itemToStringValue={({ label }: Entry) => label}
      autoHighlight="always"
      keepHighlight
    >
      <div className="palette-head">
        <Icon name="search" />
        <Autocomplete.Input
          className="popup-input"
          aria-label="Search, go and do"
          placeholder="A page, a workflow, a customer, a call…"
        />
        <button
          type="button"
          className="btn plain square"
          aria-label="Close"
          onClick={() => openOverlay(undefined)}
        >
          <Icon name="cross" />
        </button>
      </div>
      <Autocomplete.Empty className="popup-empty">
        {!names.isPending && names.error === null && NOTHING}
      </Autocomplete.Empty>
      <Autocomplete.List className="options" aria-label="Found">
        {(group: EntryGroup) => (
          <Autocomplete.Group key={group.value} items={group.items}>
            <Autocomplete.GroupLabel className="option-group">{group.value}</Autocomplete.GroupLabel>
            <Autocomplete.Collection>
              {(entry: Entry) => <Row key={entry.id} entry={entry} />}
            </Autocomplete.Collection>
          </Autocomplete.Group>
        )}
      </Autocomplete.List>
      <Autocomplete.Status className="palette-status">
        {query !== '' && statusText(names.error ?? bills.error, names.isPending)}
      </Autocomplete.Status>
    </Autocomplete.Root>
  );
}

function Row({ entry }: { readonly entry: Entry }) {
  return (
    <Autocomplete.Item
      value={entry}
      className="option"
      onClick={() => {
        openOverlay(undefined);
        // When the palette has gone and given the focus back, so that what opens now may take it.
        setTimeout(() => entry.run(), 0);
      }}
    >
      <span className="option-label">{entry.label}</span>
      {entry.note !== undefined && <span className="option-note">{entry.note}</span>}
      {entry.keys !== undefined && <Keys keys={entry.keys} />}
    </Autocomplete.Item>
  );
}

function statusText(error: Error | null, isPending: boolean): string {
  if (error !== null)
    return `Not all names could be read: ${error.message} Pages and acts are found all the same.`;
  return isPending ? 'Reading the names of the last 90 days…' : '';
}

async function readNames(): Promise<Names> {
  const answers = await Promise.all(
    NAMED.map(async (dimension) => {
      const { rows } = await api.ledger({
        of: ['cost'],
        by: [dimension],
        during: LATELY,
        simulated: 'include',
        limit: MOST,
      });
      return [dimension, rows.flatMap(({ group: [name = ''] }) => (name === '' ? [] : [name]))] as const;
    }),
  );
  return Object.fromEntries(answers);
}

async function readBills(): Promise<{ id: string; label: string }[]> {
  const { invoices } = await api.invoices.list();
  return invoices.map(({ id, fileName, invoice }) => ({
    id,
    label: [fileName, invoice].filter(Boolean).join(', ') || id,
  }));
}
