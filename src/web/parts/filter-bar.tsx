/** One bar on every page: what is asked, and what the answer rests on. Its state is the address. */
import { useQuery } from '@tanstack/react-query';
import { Suspense, lazy, useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';

import { annotationsQuery, isClosed } from './annotations.ts';
import { tellBasis } from './basis.ts';
import type { Basis } from './basis.ts';
import type { Conditions } from './conditions.ts';
import { breakdownLabel, dimensionLabel } from './dimensions.ts';
import { Facts } from './facts.tsx';
import { openFilter, useOpenFilter } from './filtering/open.ts';
import type { FilterName } from './filtering/open.ts';
import { askOf, useFilters } from './filters.ts';
import { Icon } from './icon.tsx';
import { GRAINS, compareLabel, periodLabel } from './periods.ts';

const FilterPopup = lazy(async () => ({ default: (await import('./filtering/popup.tsx')).FilterPopup }));

export interface FilterBarProps {
  /** What this page's question depends on; the rest stays in the address for the next page. */
  readonly show: readonly Exclude<FilterName, 'zone'>[];
  /** Dimensions, separated by commas. */
  readonly by?: string;
  readonly onBy?: (by: string) => void;
  /** How many dimensions can be broken down, one within the other. */
  readonly depth?: number;
  /** The answer that is shown, for its zone, price book and freshness. */
  readonly facts?: Basis | undefined;
  /** The last question was not answered: what is shown is older. */
  readonly away?: boolean;
  /** Whether days begin where the reader says; else the page's figures have a zone of their own. */
  readonly zoned?: boolean;
  /** The views of the page, before all questions. */
  readonly views?: ReactNode;
  /** Questions of this page only. */
  readonly children?: ReactNode;
}

export function FilterBar(props: FilterBarProps) {
  const { show, by = '', onBy, depth = 1, facts, away = false, zoned = true, views, children } = props;
  const [filters] = useFilters();
  const bar = useRef<HTMLDivElement>(null);
  const asked = useOpenFilter();
  const open = asked === 'zone' || (asked !== undefined && show.includes(asked)) ? asked : undefined;
  const [everOpened, setEverOpened] = useState(false);
  if (open !== undefined && !everOpened) setEverOpened(true);
  useEffect(() => tellBasis(facts), [facts]);
  useEffect(() => () => tellBasis(undefined), []);
  const closed = useClosed(facts);
  const line = facts !== undefined && (
    <Facts
      basis={facts}
      away={away}
      closed={closed}
      {...(zoned && { zone: <ZoneButton zone={facts.timeZone} open={open} /> })}
    />
  );
  return (
    <div ref={bar} className="filter-bar">
      <div className="filters" role="toolbar" aria-label="Filters">
        {views}
        <Questions show={show} by={by} open={open} />
        {children}
        {show.includes('filters') ? <Where open={open} /> : <Unused count={filters.where.length} />}
        {line}
      </div>
      {facts !== undefined && <div className="facts-line">{line}</div>}
      {everOpened && (
        <Suspense fallback={null}>
          <FilterPopup
            name={open}
            anchorOf={(name) => buttonIn(bar.current, name)}
            by={by}
            depth={depth}
            onBy={onBy ?? (() => undefined)}
            timeZone={facts?.timeZone ?? (filters.zone || 'UTC')}
            asOf={facts?.asOf}
          />
        </Suspense>
      )}
    </div>
  );
}

/** Only where an answer says which period it is of; the chart of that period asks the same. */
function useClosed(facts: Basis | undefined): boolean {
  const [filters] = useFilters();
  const { data } = useQuery({ ...annotationsQuery(askOf(filters)), enabled: facts?.during !== undefined });
  const during = facts?.during;
  return during !== undefined && isClosed(during, facts?.timeZone ?? 'UTC', data?.closedMonths ?? []);
}

/** The zone stands twice, on the bar and below a narrow one: the one that is in sight. */
function buttonIn(bar: HTMLElement | null, name: FilterName): HTMLElement | null {
  const buttons = bar?.querySelectorAll<HTMLElement>(`[data-filter="${name}"]`) ?? [];
  return [...buttons].find((one) => one.offsetParent !== null) ?? null;
}

interface QuestionsProps {
  readonly show: FilterBarProps['show'];
  readonly by: string;
  readonly open: FilterName | undefined;
}

function Questions({ show, by, open }: QuestionsProps) {
  const [{ during, compare, grain }] = useFilters();
  const texts = {
    period: ['Period', periodLabel(during)],
    compare: ['Compare', compareLabel(compare)],
    grain: ['By', GRAINS[grain] ?? grain],
    by: ['Break down', breakdownLabel(by)],
  } as const;
  const names = (['period', 'compare', 'grain', 'by'] as const).filter((name) => show.includes(name));
  return names.map((name) => (
    <FilterButton key={name} name={name} open={open}>
      <span>{texts[name][0]}</span>
      {texts[name][1]}
    </FilterButton>
  ));
}

interface FilterButtonProps {
  readonly name: FilterName;
  readonly open: FilterName | undefined;
  readonly className?: string;
  readonly title?: string;
  readonly children: ReactNode;
}

function FilterButton({ name, open, className = 'filter', title, children }: FilterButtonProps) {
  return (
    <button
      type="button"
      className={className}
      title={title}
      data-filter={name}
      aria-haspopup="dialog"
      aria-expanded={open === name}
      onClick={() => openFilter(open === name ? undefined : name)}
    >
      {children}
    </button>
  );
}

function ZoneButton({ zone, open }: { readonly zone: string; readonly open: FilterName | undefined }) {
  return (
    <FilterButton name="zone" open={open} className="zone" title="Where days begin">
      <span className="sr">Time zone </span>
      {zone}
    </FilterButton>
  );
}

/** The conditions stay for the next page; here they narrow nothing, and the reader is told. */
function Unused({ count }: { readonly count: number }) {
  if (count === 0) return null;
  return (
    <span className="small quiet nowrap">{count === 1 ? '1 filter' : `${count} filters`} not used here</span>
  );
}

/** The conditions in force, each with its way out; alt turns one into its opposite. */
function Where({ open }: { readonly open: FilterName | undefined }) {
  const [{ where }, setFilters] = useFilters();
  const change = (next: Conditions): void => setFilters({ where: next });
  return (
    <>
      {where.map((condition) => (
        <Condition
          key={condition}
          condition={condition}
          onRemove={() => change(where.filter((one) => one !== condition))}
          onTurn={() => change(where.map((one) => (one === condition ? opposite(one) : one)))}
        />
      ))}
      <FilterButton name="filters" open={open} className="filter add">
        <Icon name="plus" />
        Filter
      </FilterButton>
      {where.length > 1 && (
        <button type="button" className="btn plain" onClick={() => change([])}>
          Clear
        </button>
      )}
    </>
  );
}

interface ConditionProps {
  readonly condition: string;
  readonly onRemove: () => void;
  readonly onTurn: () => void;
}

function Condition({ condition, onRemove, onTurn }: ConditionProps) {
  const { dimension, excluded, value } = partsOf(condition);
  const name = `${dimensionLabel(dimension)}${excluded ? ' is not' : ''}`;
  const shown = value === '' ? 'none named' : value;
  return (
    <span className="filter chosen">
      <button type="button" title={excluded ? 'Show only these' : 'Leave these out'} onClick={onTurn}>
        <span>{name}</span> {shown}
      </button>
      <button
        type="button"
        className="remove"
        aria-label={`Remove the filter ${name} ${shown}`}
        onClick={onRemove}
      >
        <Icon name="cross" />
      </button>
    </span>
  );
}

function partsOf(condition: string): { dimension: string; excluded: boolean; value: string } {
  const at = condition.indexOf('=');
  const excluded = condition[at - 1] === '!';
  return { dimension: condition.slice(0, excluded ? at - 1 : at), excluded, value: condition.slice(at + 1) };
}

function opposite(condition: string): string {
  const { dimension, excluded, value } = partsOf(condition);
  return `${dimension}${excluded ? '=' : '!='}${value}`;
}
