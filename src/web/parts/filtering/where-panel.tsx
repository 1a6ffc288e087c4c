/** Which calls are shown: a dimension, then its values as the ledger knows them. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { moneyText } from '../../../units/figures.ts';
import type { Conditions } from '../conditions.ts';
import { DIMENSION_CHOICES, dimensionLabel } from '../dimensions.ts';
import { toggled } from '../filters.ts';
import type { FilterState } from '../filters.ts';
import { Icon } from '../icon.tsx';
import { Segments } from '../segments.tsx';
import { SearchList } from './search-list.tsx';
import type { Choice } from './search-list.tsx';
import { asking } from '../server.ts';

const MOST = 300;

interface WherePanelProps {
  readonly filters: FilterState;
  readonly onWhere: (where: Conditions) => void;
}

export function WherePanel({ filters, onWhere }: WherePanelProps) {
  const [dimension, setDimension] = useState<string>();
  if (dimension === undefined)
    return (
      <SearchList
        label="Filter by"
        choices={DIMENSION_CHOICES}
        empty="No dimension is called so."
        written={tagOf}
        onPick={setDimension}
      />
    );
  return (
    <Values key={dimension} {...{ filters, dimension, onWhere }} onBack={() => setDimension(undefined)} />
  );
}

/** Any tag is a dimension: what is written is its name. */
export function tagOf(query: string): Choice {
  const name = query.replace(/^tag:\s*/i, '');
  return { value: `tag:${name}`, label: `Tag ${name}`, note: 'any tag of your calls' };
}

interface ValuesProps extends WherePanelProps {
  readonly dimension: string;
  readonly onBack: () => void;
}

function Values({ filters, dimension, onWhere, onBack }: ValuesProps) {
  const [mode, setMode] = useState('is');
  const { during, zone, where } = filters;
  // What the other filters leave of it; its own values are alternatives, so all of them are shown.
  const others = where.filter((one) => !one.startsWith(`${dimension}=`) && !one.startsWith(`${dimension}!=`));
  const answer = useQuery({
    queryKey: ['values', dimension, during, zone, others],
    queryFn: ({ signal }) =>
      asking(signal).ledger({
        of: ['cost'],
        by: [dimension],
        during,
        simulated: 'include',
        limit: MOST,
        ...(others.length > 0 && { where: others }),
        ...(zone !== '' && { timeZone: zone }),
      }),
  });
  const pick = (value: string, alt: boolean): void => {
    const exclude = (mode === 'not') !== alt;
    const [condition, other] = exclude
      ? [`${dimension}!=${value}`, `${dimension}=${value}`]
      : [`${dimension}=${value}`, `${dimension}!=${value}`];
    onWhere(toggled(without(where, other), condition));
  };
  const choices = (answer.data?.rows ?? []).map(({ group: [value = ''], figures }): Choice => {
    const excluded = where.includes(`${dimension}!=${value}`);
    return {
      value,
      label: value === '' ? 'None named' : value,
      note: figures.cost === undefined ? undefined : moneyText(figures.cost),
      chosen: excluded || where.includes(`${dimension}=${value}`),
      mark: excluded ? 'not' : undefined,
    };
  });
  return (
    <>
      <div className="popup-head">
        <button type="button" className="btn plain" onClick={onBack}>
          <Icon name="left" />
          {dimensionLabel(dimension)}
        </button>
        <Segments label="Show" value={mode} choices={{ is: 'Only', not: 'Without' }} onChange={setMode} />
      </div>
      <SearchList
        label={`${dimensionLabel(dimension)}: values`}
        choices={choices}
        empty={emptyText(answer)}
        written={(query) =>
          choices.some(({ value }) => value === query)
            ? undefined
            : { value: query, label: query, note: 'as written' }
        }
        onPick={(value, { alt }) => pick(value, alt)}
      />
      <p className="popup-note">
        <kbd>alt</kbd> turns only into without. Several values of one dimension are alternatives.
      </p>
    </>
  );
}

function without(where: Conditions, condition: string): Conditions {
  return where.filter((one) => one !== condition);
}

function emptyText({
  error,
  isPending,
}: {
  readonly error: Error | null;
  readonly isPending: boolean;
}): string {
  if (error !== null) return `The values could not be read: ${error.message} Write one instead.`;
  return isPending
    ? 'Reading the values…'
    : 'Nothing in this period. Write a value to filter by it all the same.';
}
