/** One dollar of each workflow, one below the other: the parts stand in one order, so that strips are compared by eye. */
import type { CSSProperties } from 'react';

import type { CompositionAnswer } from '../../../api/contract/composition.ts';
import { countText } from '../../../units/figures.ts';
import { Named } from '../../parts/chips.tsx';
import { DollarStrip } from '../../parts/marks/dollar-strip.tsx';
import { cutDollar, dollarSentence, DOLLAR_PARTS, givenBack } from '../../parts/marks/dollar.ts';
import type { DollarCut } from '../../parts/marks/dollar.ts';
import { amountsOf } from './workflow-figures.ts';
import { workflowLink } from './address.ts';

/** More are a wall; the table below has them all. */
const MOST_STRIPS = 12;
/** Lengths only. */
const STEPS = 10_000n;

export function DollarRows({ data }: { readonly data: CompositionAnswer }) {
  const spent = data.groups.filter(({ cost }) => cost !== '0');
  const shown = spent.slice(0, MOST_STRIPS);
  const left = spent.length - shown.length;
  return (
    <section className="card">
      <header>
        <h2>One dollar, and what it was made of</h2>
        <p>by workflow</p>
        <div className="push">
          <EstimatedChip />
        </div>
      </header>
      <div className="body dollars">
        <DollarStrip
          amounts={amountsOf(data.total.parts)}
          caption="One dollar of all spend shown. Cost is divided by tokens, model by model: an estimate; the cost is exact."
        />
        {shown.length > 1 && (
          <>
            <ul className="dollar-rows">
              {shown.map(({ group: [name = ''], parts }) => (
                <DollarRow key={name} name={name} parts={parts} />
              ))}
            </ul>
            <PartKey />
          </>
        )}
        {left > 0 && <p className="quiet">{countText(left)} smaller workflows are in the table below.</p>}
        {data.total.unpricedCalls > 0 && (
          <p className="quiet">
            {countText(data.total.unpricedCalls)} calls have no price: what they cost is in no part.
          </p>
        )}
      </div>
    </section>
  );
}

export function EstimatedChip() {
  return (
    <span
      className="chip hatched"
      title="Costs are divided by tokens per model; whose prefix was cached is not told apart. The total is exact."
    >
      estimated
    </span>
  );
}

interface DollarRowProps {
  readonly name: string;
  readonly parts: CompositionAnswer['total']['parts'];
}

function DollarRow({ name, parts }: DollarRowProps) {
  const amounts = amountsOf(parts);
  const cuts = cutDollar(amounts, 1);
  const back = givenBack(amounts).map(({ label }) => label.toLowerCase());
  const input = cuts.filter(({ side }) => side === 'input').reduce((sum, { cents }) => sum + cents, 0n);
  const sentence = dollarSentence(cuts);
  return (
    <li>
      <a className="proof cut" {...workflowLink(name)}>
        <Named name={name} dimension="workflow" />
      </a>
      <div className="strip" role="img" aria-label={sentence} title={sentence}>
        {cuts.map((cut, at) => (
          <i key={cut.name} className={lookOf(cut, cuts[at - 1])} style={lengthOf(cut, cuts)} />
        ))}
      </div>
      <span className="num small">
        {input}¢ input{back.length === 0 ? '' : `; given back: ${back.join(', ')}`}
      </span>
    </li>
  );
}

function lookOf({ mark, side }: DollarCut, before: DollarCut | undefined): string {
  return before === undefined || before.side === side ? mark : `${mark} cut`;
}

function lengthOf({ amount }: DollarCut, cuts: readonly DollarCut[]): CSSProperties {
  const total = cuts.reduce((sum, cut) => sum + cut.amount, 0n);
  return { '--n': Number((amount * STEPS) / total) } as CSSProperties;
}

function PartKey() {
  return (
    <p className="key">
      {DOLLAR_PARTS.map(({ name, mark, label }) => (
        <span key={name}>
          <i className={`swatch ${mark}`} />
          {label}
        </span>
      ))}
    </p>
  );
}
