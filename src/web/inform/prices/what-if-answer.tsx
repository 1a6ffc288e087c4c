import type { WhatIfAnswer, WhatIfAsk } from '../../../api/contract/prices.ts';
import { columnDecimals, countText, moneyCell, moneyText } from '../../../units/figures.ts';
import { formatDollars, parseDollars } from '../../../units/money.ts';
import { changeText, signedMoney } from '../../parts/change.ts';
import { Named } from '../../parts/chips.tsx';
import { Heads } from '../../parts/heads.tsx';
import { Icon } from '../../parts/icon.tsx';
import { periodText } from '../../parts/instants.ts';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { Waterfall } from '../../parts/waterfall.tsx';

const MOST_STEPS = 6;
const REASONS: Readonly<Record<WhatIfAnswer['inexact'][number]['reason'], string>> = {
  size: 'its price depends on the size of each request',
  time: 'its price depends on the time of day',
  rounding: 'its lines were rounded one by one',
  'partly-unpriced': 'part of it has no price',
};
const HEADS: Readonly<Record<string, string>> = {
  workflow: 'Workflow',
  team: 'Team',
  customer: 'Customer',
  provider: 'Provider',
  model: 'Model',
};

interface WhatIfAnswerProps {
  readonly answer: WhatIfAnswer;
  readonly ask: WhatIfAsk;
}

/** What the period would have cost: a sentence, the steps by group, and the table that proves them. */
export function WhatIfAnswerCard({ answer, ask }: WhatIfAnswerProps) {
  const moved = answer.rows.filter(({ difference }) => difference !== '0');
  return (
    <section className="card">
      <header>
        <h2>{periodText(answer.during, answer.timeZone)}</h2>
        <p>
          {answer.basis === 'assumed' && <span className="chip line">assumed</span>} {wordsOf(answer, ask)}
        </p>
      </header>
      <div className="body">
        <p className="sentence-small">{sentenceOf(answer)}</p>
        {moved.length > 0 && (
          <Waterfall
            from={{ label: 'As booked', amount: Number(answer.total.before) }}
            to={{ label: 'Would be', amount: Number(answer.total.after) }}
            steps={stepsOf(answer, moved)}
            sentence={sentenceOf(answer)}
            caption="The steps add up exactly; what does not move is left out."
          />
        )}
      </div>
      <Rows answer={answer} />
      <Caveats answer={answer} />
    </section>
  );
}

function wordsOf({ basis, priceBookVersion }: WhatIfAnswer, { mapping = [] }: WhatIfAsk): string {
  const [first] = mapping;
  if (basis === 'measured' || first === undefined) return `at price book ${priceBookVersion}`;
  return `calls of ${first.from} priced as ${first.to}, taken to use the same tokens`;
}

function sentenceOf({ total, exact }: WhatIfAnswer): string {
  if (total.difference === '0') return `It would have cost the same: ${moneyText(total.before)}.`;
  const range = exact ? '' : `, between ${moneyText(total.least)} and ${moneyText(total.most)}`;
  return `It cost ${moneyText(total.before)} and would have cost ${exact ? '' : 'about '}${moneyText(total.after)}${range}: ${changeText(total.before, total.difference)}.`;
}

function stepsOf({ total }: WhatIfAnswer, moved: WhatIfAnswer['rows']) {
  const ordered = moved.toSorted((a, b) => Math.abs(Number(b.difference)) - Math.abs(Number(a.difference)));
  const shown = ordered.slice(0, MOST_STEPS).map(({ group, difference }) => ({
    label: shorten(group.at(-1) || 'unattributed'),
    note: '',
    judged: true,
    amount: Number(difference),
  }));
  if (ordered.length <= MOST_STEPS) return shown;
  const rest = ordered
    .slice(0, MOST_STEPS)
    .reduce((left, { difference }) => left - parseDollars(difference), parseDollars(total.difference));
  return [...shown, { label: 'Others', note: '', judged: true, amount: Number(formatDollars(rest)) }];
}

function shorten(label: string): string {
  return label.length > 16 ? `${label.slice(0, 15)}…` : label;
}

function Rows({ answer }: { readonly answer: WhatIfAnswer }) {
  const decimals = columnDecimals([answer.total.before, answer.total.after]);
  return (
    <div className="scroll" role="region" tabIndex={0} aria-label="What it would have cost">
      <table className="ends">
        <caption className="sr">As booked, and at the other price</caption>
        <Heads
          texts={answer.by.map((name) => HEADS[name] ?? name)}
          figures={['As booked, $', 'Would be, $', 'Difference, $']}
        />
        <tbody>
          {answer.rows.map(({ group, before, after, difference }) => (
            <tr key={JSON.stringify(group)}>
              {group.map((value, at) => (
                <td key={answer.by[at]}>
                  <span className="cut" title={value}>
                    <Named name={value} dimension={answer.by[at] ?? ''} />
                  </span>
                </td>
              ))}
              <td className="num" title={`$${before}`}>
                <a className="proof" {...proofOf(answer, group)}>
                  {moneyCell(before, decimals)}
                </a>
              </td>
              <td className="num" title={`$${after}`}>
                {moneyCell(after, decimals)}
              </td>
              <td className="num" title={`$${difference}`}>
                {moneyCell(difference, decimals)}
              </td>
            </tr>
          ))}
          <tr className="total">
            <td colSpan={answer.by.length}>Total</td>
            <td className="num" title={`$${answer.total.before}`}>
              {moneyCell(answer.total.before, decimals)}
            </td>
            <td className="num" title={`$${answer.total.after}`}>
              {moneyCell(answer.total.after, decimals)}
            </td>
            <td className="num" title={signedMoney(answer.total.difference)}>
              {moneyCell(answer.total.difference, decimals)}
            </td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}

/** What cannot be told exactly, and what has no price at all. */
function Caveats({ answer }: { readonly answer: WhatIfAnswer }) {
  return (
    <>
      {answer.unpriced.length > 0 && (
        <p className="notice">
          <Icon name="alert" />
          <span>
            <b>No price there:</b>{' '}
            {answer.unpriced
              .slice(0, 5)
              .map(
                ({ provider, model, bucket, before }) =>
                  `${provider}/${model} ${bucket}, ${moneyText(before)}`,
              )
              .join('; ')}
            {answer.unpriced.length > 5 && ` and ${countText(answer.unpriced.length - 5)} more`}. What it
            would cost is not in the figures.
          </span>
        </p>
      )}
      {answer.inexact.length > 0 && (
        <footer>
          <span>
            About, since sums do not tell:{' '}
            {answer.inexact
              .slice(0, 3)
              .map(({ provider, model, reason }) => `${provider}/${model}, ${REASONS[reason]}`)
              .join('; ')}
            .
          </span>
        </footer>
      )}
      {answer.lockedMonths.length > 0 && (
        <footer>
          <span>Closed: {answer.lockedMonths.join(', ')}. Those months do not move, whatever the price.</span>
        </footer>
      )}
    </>
  );
}

/** The lines that were priced anew, in the server's zone like the answer. */
function proofOf({ during, by }: WhatIfAnswer, group: readonly string[]): ReturnType<typeof ledgerLink> {
  const only = group.map((value, at) => `${by[at]}=${value}`);
  return ledgerLink({ zone: '', during: during.text, only });
}
