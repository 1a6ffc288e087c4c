import { Autocomplete } from '@base-ui/react/autocomplete';
import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';

import { useInSight } from '../after-painting.ts';
import { Icon } from '../icon.tsx';

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly note?: string | undefined;
  readonly chosen?: boolean;
  /** Shown before the label: an order, or what is done with it. */
  readonly mark?: string | undefined;
}

interface SearchListProps {
  readonly label: string;
  readonly choices: readonly Choice[];
  readonly onPick: (value: string, how: { readonly alt: boolean }) => void;
  readonly empty: ReactNode;
  /** One more choice that is made of what was written. */
  readonly written?: (query: string) => Choice | undefined;
}

/** Many things to choose from: write to narrow them, arrows to walk, Enter to choose. */
export function SearchList({ label, choices, onPick, empty, written }: SearchListProps) {
  const [query, setQuery] = useState('');
  const highlighted = useRef<Choice>(undefined);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []); // a list that takes the place of another is written into at once
  const more = query.trim() === '' ? undefined : written?.(query.trim());
  const inSight = useInSight();
  // Whoever writes at once looks among all of them.
  const shown = query === '' ? choices.slice(0, inSight) : choices;
  const items = more === undefined ? shown : [...shown, more];
  return (
    <Autocomplete.Root
      open
      inline
      items={items}
      value={query}
      onValueChange={(value, { reason }) => {
        if (reason !== 'item-press') setQuery(value);
      }}
      filter={(item: Choice, text) => item === more || matches(item, text)}
      onItemHighlighted={(item: Choice | undefined) => {
        highlighted.current = item;
      }}
      itemToStringValue={(item: Choice) => item.label}
      autoHighlight="always"
      keepHighlight
    >
      <Autocomplete.Input
        ref={input}
        className="popup-input"
        aria-label={label}
        placeholder={label}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !event.altKey || highlighted.current === undefined) return;
          event.preventDefault();
          onPick(highlighted.current.value, { alt: true });
        }}
      />
      <Autocomplete.Empty className="popup-empty">{empty}</Autocomplete.Empty>
      <Autocomplete.List className="options" aria-label={label}>
        {(item: Choice) => (
          <Autocomplete.Item
            key={item.value}
            value={item}
            className="option"
            onClick={(event) => onPick(item.value, { alt: event.altKey })}
          >
            <Chosen {...item} />
            <span className="option-label">{item.label}</span>
            {item.note !== undefined && <span className="option-note">{item.note}</span>}
          </Autocomplete.Item>
        )}
      </Autocomplete.List>
    </Autocomplete.Root>
  );
}

function Chosen({ chosen = false, mark }: Choice) {
  return (
    <span className="option-mark">
      {mark ?? (chosen && <Icon name="check" />)}
      {chosen && <span className="sr">chosen</span>}
    </span>
  );
}

function matches({ value, label }: Choice, query: string): boolean {
  const text = query.trim().toLowerCase();
  return label.toLowerCase().includes(text) || value.toLowerCase().includes(text);
}
