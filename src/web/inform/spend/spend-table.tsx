/** The chart's legend and its accessible form at once: each value with its change, its share and its course. */
import { Fragment, useState } from 'react';

import type { Figures, LedgerAnswer } from '../../../api/contract.ts';
import { columnDecimals, countText, moneyCell, pricedPart, shareText } from '../../../units/figures.ts';
import { Named } from '../../parts/chips.tsx';
import { dimensionLabel } from '../../parts/dimensions.ts';
import { Icon } from '../../parts/icon.tsx';
import type { HueOf } from '../../parts/hues.ts';
import { ChangeCells } from './change-cells.tsx';
import { nextOf } from './dimensions.ts';
import { InnerRows } from './inner-rows.tsx';
import { Sparkline } from '../../parts/marks/sparkline.tsx';
import { totalsOf } from './series.ts';
import type { SpendSeries } from './series.ts';

export interface RowActs {
  /** Only this value from now on, broken down further. */
  readonly onDrill: (condition: string, next: string) => void;
  readonly onExclude: (condition: string) => void;
  /** The lines behind a figure. */
  readonly onProof: (conditions: readonly string[]) => void;
  readonly onHover: (name: string | undefined) => void;
}

interface SpendTableProps extends RowActs {
  readonly data: LedgerAnswer;
  readonly by: string;
  readonly series: readonly SpendSeries[];
  readonly hueOf: HueOf;
  readonly lit: string | undefined;
  readonly onMore: () => void;
}

export function SpendTable(props: SpendTableProps) {
  const { data, by, series, onMore } = props;
  const decimals = columnDecimals([...data.rows.map(({ figures }) => figures.cost), data.total.cost]);
  const compared = data.compared;
  const title = dimensionLabel(by);
  return (
    <section className="card">
      <div className="scroll" role="region" tabIndex={0} aria-label={`Spend by ${title.toLowerCase()}`}>
        <table className="ends">
          <caption className="sr">Spend by {title.toLowerCase()}: the chart above as figures</caption>
          <Heads title={title} withChange={compared !== undefined} />
          <tbody>
            {data.rows.map(({ group: [name = ''], figures }, at) => (
              <Row key={name} {...props} {...{ name, figures, decimals }} before={compared?.rows[at]} />
            ))}
            {data.other !== null && (
              <tr>
                <td className="indented">
                  <span className="name">
                    <i className="dot k0" /> Everything else
                    <button type="button" className="btn plain" onClick={onMore}>
                      List more
                    </button>
                  </span>
                </td>
                <td />
                <FigureCells figures={data.other} decimals={decimals} />
                {compared !== undefined && (
                  <ChangeCells now={data.other.cost} before={compared.other?.cost} decimals={decimals} />
                )}
                <td className="num">{moneyCell(data.other.cost ?? '0', decimals)}</td>
              </tr>
            )}
            <tr className="total">
              <td className="indented">Total</td>
              <td>
                <Sparkline amounts={totalsOf(series)} hue="" />
              </td>
              <FigureCells figures={data.total} decimals={decimals} />
              {compared !== undefined && (
                <ChangeCells now={data.total.cost} before={compared.total.cost} decimals={decimals} />
              )}
              <td className="num" title={`$${data.total.cost ?? '0'}`}>
                {moneyCell(data.total.cost ?? '0', decimals)}
              </td>
            </tr>
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Heads({ title, withChange }: { readonly title: string; readonly withChange: boolean }) {
  const figures = ['Calls', 'Share', ...(withChange ? ['Δ $', 'Δ %'] : []), 'Cost, $'];
  return (
    <thead>
      <tr>
        <th scope="col" className="indented">
          {title}
        </th>
        <th scope="col">Course</th>
        {figures.map((text) => (
          <th key={text} scope="col" className="num">
            {text}
          </th>
        ))}
      </tr>
    </thead>
  );
}

interface RowProps extends SpendTableProps {
  readonly name: string;
  readonly figures: Figures;
  readonly before: Figures | null | undefined;
  readonly decimals: number;
}

function Row(props: RowProps) {
  const {
    data,
    by,
    name,
    figures,
    before,
    decimals,
    series,
    hueOf,
    lit,

    onProof,
    onHover,
  } = props;
  const [open, setOpen] = useState(false);
  const condition = `${by}=${name}`;
  const its = series.find((one) => !one.rest && one.name === name);
  const priced = pricedPart(figures.calls ?? 0, figures.unpricedCalls ?? 0);
  const cost = priced === 'none' ? 'unpriced' : moneyCell(figures.cost ?? '0', decimals);
  return (
    <Fragment>
      <tr
        className={lit === name ? 'picked' : ''}
        onPointerEnter={() => onHover(name)}
        onPointerLeave={() => onHover(undefined)}
      >
        <NameCell
          {...props}
          open={open}
          onTwist={() => setOpen(!open)}
          hue={its === undefined ? 'k0' : hueOf(name)}
        />
        <td>{its !== undefined && <Sparkline amounts={its.amounts} hue={hueOf(name)} />}</td>
        <FigureCells figures={figures} decimals={decimals} />
        {data.compared !== undefined && (
          <ChangeCells now={figures.cost} before={before?.cost} decimals={decimals} />
        )}
        <td className={`num ${priced === 'none' ? 'warn' : ''}`} title={`$${figures.cost ?? '0'}`}>
          <button
            type="button"
            className="proof strong"
            aria-label={priced === 'none' ? 'unpriced: show the calls' : `${cost} dollars: show the calls`}
            onClick={() => onProof([condition])}
          >
            {cost}
          </button>
        </td>
      </tr>
      {open && <InnerRows {...{ data, by, name, decimals, onProof }} />}
    </Fragment>
  );
}

interface NameCellProps extends RowProps {
  readonly open: boolean;
  readonly hue: string;
  readonly onTwist: () => void;
}

function NameCell({ by, name, figures, open, hue, onTwist, onDrill, onExclude }: NameCellProps) {
  const condition = `${by}=${name}`;
  const priced = pricedPart(figures.calls ?? 0, figures.unpricedCalls ?? 0);
  return (
    <td>
      <span className="name">
        <button
          type="button"
          className="twist"
          aria-expanded={open}
          aria-label={`Break down ${name || 'unattributed'} by ${dimensionLabel(nextOf(by)).toLowerCase()}`}
          onClick={onTwist}
        >
          <Icon name="right" />
        </button>
        <i className={`dot ${hue}`} />
        <button
          type="button"
          className="proof cut"
          title={`Only ${name || 'what nobody named'}; with Alt: leave it out`}
          onClick={(event) => (event.altKey ? onExclude(condition) : onDrill(condition, nextOf(by)))}
        >
          <Named name={name} dimension={by} />
        </button>
        {priced === 'some' && <span className="chip warn">{countText(figures.unpricedCalls)} unpriced</span>}
      </span>
    </td>
  );
}

function FigureCells({ figures }: { readonly figures: Figures; readonly decimals: number }) {
  return (
    <>
      <td className="num">{countText(figures.calls ?? 0)}</td>
      <td className="num">{shareText(figures.share, 1)}</td>
    </>
  );
}
