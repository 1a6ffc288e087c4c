import type { MissingAnswer, NewRule } from '../../../api/contract/attribution.ts';
import { columnDecimals, countText, moneyCell, shareText } from '../../../units/figures.ts';
import { Heads } from '../../parts/heads.tsx';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { Bar } from './coverage.tsx';
import { missingLines, ownerText, signWord } from './signs.ts';

type Part = MissingAnswer['parts'][number];

interface MissingProps {
  /** Undefined until it is there: telling calls apart takes longer than counting them. */
  readonly data: MissingAnswer | undefined;
  readonly onDraft: (rule: NewRule) => void;
}

/** What names no workflow, biggest first, by the sign that tells it apart best; a press drafts the rule that names it. */
export function Missing({ data, onDraft }: MissingProps) {
  if (data?.missing.calls === 0)
    return (
      <section className="card empty">
        <h2>Every call of this period names its workflow</h2>
        <p>
          When one does not, it is listed here with the sign that tells it apart, and a rule is suggested.
        </p>
      </section>
    );
  return (
    <section className="card">
      <header>
        <h2>What is missing</h2>
        <p>biggest first; a rule names it from now on, and what is past when you apply it</p>
      </header>
      {data === undefined ? (
        <p className="body quiet">Looking for what tells these calls apart…</p>
      ) : (
        <Parts data={data} onDraft={onDraft} />
      )}
    </section>
  );
}

interface PartsProps {
  readonly data: MissingAnswer;
  readonly onDraft: (rule: NewRule) => void;
}

function Parts({ data, onDraft }: PartsProps) {
  const decimals = columnDecimals([data.missing.cost]);
  const full = Math.max(...data.parts.map(({ share }) => share ?? 0), 0);
  const during = data.during.text;
  return (
    <div className="scroll" role="region" tabIndex={0} aria-label="What is missing">
      <table className="ends">
        <caption className="sr">Spend without a workflow, biggest first</caption>
        <Head />
        <tbody>
          {data.parts.map((part) => (
            <Row key={`${part.sign} ${part.value}`} {...{ part, decimals, full, during, onDraft }} />
          ))}
          {data.other.calls > 0 && (
            <tr>
              <td colSpan={3}>Everything else</td>
              <td className="num">{countText(data.other.calls)}</td>
              <td />
              <td className="num">{moneyCell(data.other.cost, decimals)}</td>
            </tr>
          )}
          <tr className="total">
            <td colSpan={3}>Missing</td>
            <td className="num">{countText(data.missing.calls)}</td>
            <td className="num">{shareText(data.share, 1)}</td>
            <td className="num" title={`$${data.missing.cost}`}>
              <a className="proof" {...ledgerLink({ during, only: ['workflow='] })}>
                {moneyCell(data.missing.cost, decimals)}
              </a>
            </td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}

function Head() {
  return (
    <Heads
      texts={['Told apart by', 'Suggested', 'Seen with']}
      figures={['Calls', 'Share of spend', 'Cost, $']}
    />
  );
}

interface RowProps {
  readonly part: Part;
  readonly decimals: number;
  readonly full: number;
  readonly during: string;
  readonly onDraft: (rule: NewRule) => void;
}

function Row({ part, decimals, full, during, onDraft }: RowProps) {
  const { sign, value, amount, share } = part;
  return (
    <tr className="loose">
      <td>
        <span className="cut" title={value}>
          {value === '' ? 'nothing tells these apart' : value}
          <small>{signWord(sign)}</small>
        </span>
      </td>
      <td>
        <Suggested part={part} onDraft={onDraft} />
      </td>
      <td className="soft">
        <span className="cut" title={seenText(part)}>
          {seenText(part)}
        </span>
      </td>
      <td className="num">{countText(amount.calls)}</td>
      <td className="num">
        <Bar share={share} full={full} decimals={1} />
      </td>
      <td className="num" title={`$${amount.cost}`}>
        <a
          className="proof"
          aria-label={`${moneyCell(amount.cost, decimals)} dollars: show the calls`}
          {...ledgerLink({ during, only: missingLines(sign, value) })}
        >
          {moneyCell(amount.cost, decimals)}
        </a>
      </td>
    </tr>
  );
}

function Suggested({ part, onDraft }: { readonly part: Part; readonly onDraft: (rule: NewRule) => void }) {
  const { suggestion, value } = part;
  if (suggestion === null) return <span className="quiet">none: look at the calls</span>;
  const { rule, evidence } = suggestion;
  return (
    <span className="name">
      <button
        type="button"
        className="btn"
        aria-label={`Draft a rule for ${value}`}
        onClick={() => onDraft(rule)}
      >
        Draft a rule
      </button>
      <span>
        {rule.set.workflow === undefined ? (
          <span className="quiet">who it is, you have to say</span>
        ) : (
          ownerText(rule.set)
        )}
        {evidence !== null && (
          <small>{shareText(evidence.share)} of the spend with this sign says so elsewhere</small>
        )}
      </span>
    </span>
  );
}

function seenText({ seen, sign }: Part): string {
  return seen
    .filter((one) => one.sign !== sign)
    .map((one) => one.values.join(', '))
    .join(' · ');
}
