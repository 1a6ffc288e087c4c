/** What waits for somebody: made from what the server says is open, each with the page where it is done. */
import type { AnomaliesAnswer } from '../../../api/contract/anomalies.ts';
import type { CoverageAnswer } from '../../../api/contract/attribution.ts';
import type { BudgetList } from '../../../api/contract/budgets.ts';
import type { LedgerAnswer } from '../../../api/contract.ts';
import { countText, moneyText, shareText } from '../../../units/figures.ts';
import { Icon } from '../../parts/icon.tsx';
import type { IconName } from '../../parts/icon.tsx';
import { onLink } from '../../parts/path.ts';

interface Decision {
  readonly id: string;
  readonly icon: IconName;
  readonly title: string;
  readonly text: string;
  readonly path: string;
  readonly act: string;
}

interface DecisionsProps {
  readonly data: LedgerAnswer;
  readonly budgets: BudgetList | undefined;
  readonly coverage: CoverageAnswer | undefined;
  readonly anomalies: AnomaliesAnswer | undefined;
}

const MOST = 6;
const ANOMALIES = 3;

export function Decisions(props: DecisionsProps) {
  const open = decisionsOf(props);
  const isAsking = [props.budgets, props.coverage, props.anomalies].includes(undefined);
  return (
    <section className="card">
      <header>
        <h2>Open</h2>
        <p>{isAsking ? 'asking' : waiting(open.length)}</p>
      </header>
      <ul className="decisions">
        {open.slice(0, MOST).map(({ id, icon, title, text, path, act }) => (
          <li key={id}>
            <Icon name={icon} />
            <div>
              <b>{title}</b>
              <p>{text}</p>
            </div>
            <a className="btn" href={`/${path}`} onClick={onLink(path)}>
              {act}
            </a>
          </li>
        ))}
      </ul>
      {open.length > MOST && <footer>{countText(open.length - MOST)} more on their pages</footer>}
    </section>
  );
}

function waiting(count: number): string {
  if (count === 0) return 'nothing waits for anybody';
  return count === 1 ? 'one waits for somebody' : `${countText(count)} wait for somebody`;
}

export function decisionsOf({ data, budgets, coverage, anomalies }: DecisionsProps): Decision[] {
  return [
    ...budgetDecisions(budgets),
    ...anomalyDecisions(anomalies),
    ...coverageDecisions(coverage),
    ...priceDecisions(data),
  ];
}

function budgetDecisions(budgets: BudgetList | undefined): Decision[] {
  return (budgets?.budgets ?? [])
    .filter(({ state, accounts }) => state === 'in-force' && (accounts[0]?.passed.length ?? 0) > 0)
    .map(({ id, name, accounts: [account] }) => ({
      id: `budget ${id}`,
      icon: 'gauge',
      title: `${name} is at ${account?.spentPercent ?? 0}% of its budget`,
      text: `${moneyOf(account?.spent)} of ${moneyOf(account?.cap)} in ${account?.window.text ?? ''}.`,
      path: 'budgets',
      act: 'Review',
    }));
}

function moneyOf(amount: string | null | undefined): string {
  return amount === null || amount === undefined ? '–' : moneyText(amount);
}

function anomalyDecisions(anomalies: AnomaliesAnswer | undefined): Decision[] {
  const open = (anomalies?.spend ?? []).filter(({ state }) => state === 'open');
  return open
    .toSorted((a, b) => Math.abs(b.excess) - Math.abs(a.excess))
    .slice(0, ANOMALIES)
    .map(({ id, workflow, direction, sentence }) => ({
      id: `anomaly ${id}`,
      icon: 'alert',
      title: `${workflow === '' ? 'Unattributed spend' : workflow} was ${direction} what was expected`,
      text: sentence,
      path: 'anomalies',
      act: 'Explain',
    }));
}

function coverageDecisions(coverage: CoverageAnswer | undefined): Decision[] {
  const field = coverage?.fields.workflow;
  if (coverage === undefined || field === undefined || field.missing.calls === 0) return [];
  return [
    {
      id: 'coverage',
      icon: 'tag',
      title: `Place ${moneyText(field.missing.cost)} of unattributed spend`,
      text: `${countText(field.missing.calls)} calls name no workflow; ${shareText(field.share, 1)} of spend does, the target is ${shareText(coverage.target)}.`,
      path: 'attribution',
      act: 'Place',
    },
  ];
}

function priceDecisions({ unpricedCalls }: LedgerAnswer): Decision[] {
  if (unpricedCalls === 0) return [];
  return [
    {
      id: 'prices',
      icon: 'book',
      title: `Price ${countText(unpricedCalls)} unpriced ${unpricedCalls === 1 ? 'call' : 'calls'}`,
      text: 'They count as calls and not as dollars until a price exists.',
      path: 'prices',
      act: 'Price',
    },
  ];
}
