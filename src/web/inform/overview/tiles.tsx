/** The few figures that the whole company is asked about. Each opens its proof. */
import type { ReactNode } from 'react';

import type { BudgetList } from '../../../api/contract/budgets.ts';
import type { CoverageAnswer } from '../../../api/contract/attribution.ts';
import type { LedgerAnswer } from '../../../api/contract.ts';
import { changePercent, countText, moneyText, shareText } from '../../../units/figures.ts';
import { formatDollars, parseDollars } from '../../../units/money.ts';
import { compactMoney } from '../../parts/compact.ts';
import { signedMoney } from '../../parts/change.ts';
import { dayText, periodText, stretchText } from '../../parts/instants.ts';
import { useFilters } from '../../parts/filters.ts';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { onLink } from '../../parts/path.ts';
import { Sparkline } from '../../parts/marks/sparkline.tsx';

interface TilesProps {
  readonly data: LedgerAnswer;
  readonly totals: readonly bigint[];
  readonly budgets: BudgetList | undefined;
  readonly coverage: CoverageAnswer | undefined;
}

export function Tiles({ data, totals, budgets, coverage }: TilesProps) {
  return (
    <div className="tiles four">
      <SpendTile data={data} totals={totals} />
      <BudgetTile budgets={budgets} />
      <CoverageTile coverage={coverage} />
      <CallTile data={data} />
    </div>
  );
}

interface TileProps {
  readonly title: string;
  readonly value: ReactNode;
  readonly spark?: ReactNode;
  readonly delta: ReactNode;
  readonly against: ReactNode;
}

export function Tile({ title, value, spark, delta, against }: TileProps) {
  return (
    <article className="tile">
      <h2>{title}</h2>
      <div className="value">{value}</div>
      {spark}
      <p className="delta">{delta}</p>
      <p className="against">{against}</p>
    </article>
  );
}

function SpendTile({ data, totals }: { readonly data: LedgerAnswer; readonly totals: readonly bigint[] }) {
  const cost = data.total.cost ?? '0';
  const [{ where }] = useFilters();
  return (
    <Tile
      title={`Spend, ${periodText(data.during, data.timeZone)}`}
      value={
        <a className="proof" title={`$${cost}`} {...ledgerLink({ during: data.during.text, where })}>
          {compactMoney(Number(cost))}
        </a>
      }
      spark={<Sparkline amounts={totals} hue="" />}
      delta={<Delta now={cost} data={data} of="cost" />}
      against={
        data.unpricedCalls > 0
          ? `${countText(data.unpricedCalls)} calls unpriced, not in it`
          : 'every call in it has a price'
      }
    />
  );
}

function Delta({
  now,
  data,
  of,
}: {
  readonly now: string;
  readonly data: LedgerAnswer;
  readonly of: 'cost' | 'costPerCall';
}) {
  const { compared } = data;
  if (compared === undefined) return <>not compared</>;
  const before = compared.total[of] ?? '0';
  const was = parseDollars(before);
  const change = parseDollars(now) - was;
  const period = stretchText(compared.during, data.timeZone);
  if (was <= 0n) return <>nothing in {period}</>;
  return (
    <>
      <b>
        {change === 0n ? '' : change > 0n ? '▲ ' : '▼ '}
        {signedMoney(formatDollars(change))} {change === 0n ? '' : changePercent(was, change)}
      </b>{' '}
      on {period}
    </>
  );
}

/** The widest budget of money that is in force speaks for the company; without one, nobody has said what spend should be. */
function BudgetTile({ budgets }: { readonly budgets: BudgetList | undefined }) {
  const widest = budgets?.budgets.find(
    ({ scope, unit, state }) => scope.kind === 'organisation' && unit === 'money' && state === 'in-force',
  );
  const account = widest?.accounts[0];
  const href = { href: '/budgets', onClick: onLink('budgets') };
  if (budgets === undefined) return <Tile title="Budget" value="–" delta="asking" against=" " />;
  if (widest === undefined || account === undefined)
    return (
      <Tile
        title="Budget"
        value={
          <a className="proof" {...href}>
            none
          </a>
        }
        delta="No budget covers the whole company"
        against="Set one, and this tile says when it is used up"
      />
    );
  const { burn } = account;
  return (
    <Tile
      title={`${widest.name}, ${account.window.text}`}
      value={
        <a className="proof" {...href}>
          {account.spentPercent}% <small>of {moneyText(widest.amount)}</small>
        </a>
      }
      delta={
        burn.projected === null ? (
          'no pace to project from yet'
        ) : (
          <>
            at this pace{' '}
            <a className="proof" href="/forecast" onClick={onLink('forecast')}>
              <b>{compactMoney(Number(burn.projected))}</b>
            </a>{' '}
            at the end
          </>
        )
      }
      against={
        burn.breachAt === null
          ? burn.why === 'used-up'
            ? 'used up'
            : 'stays within it at this pace'
          : `used up on ${dayText(burn.breachAt.slice(0, 10))} at this pace`
      }
    />
  );
}

function CoverageTile({ coverage }: { readonly coverage: CoverageAnswer | undefined }) {
  const field = coverage?.fields.workflow;
  const share = field?.share ?? null;
  return (
    <Tile
      title="Attributed to a workflow"
      value={
        <a className="proof" href="/attribution" onClick={onLink('attribution')}>
          {shareText(share, 1)} <small>of spend</small>
        </a>
      }
      delta={
        coverage === undefined || share === null ? (
          '–'
        ) : (
          <span className={share >= coverage.target ? 'good' : 'bad'}>
            {share >= coverage.target ? 'above' : 'below'} the target of {shareText(coverage.target)}
          </span>
        )
      }
      against={field === undefined ? '–' : `${moneyText(field.missing.cost)} unattributed`}
    />
  );
}

function CallTile({ data }: { readonly data: LedgerAnswer }) {
  const each = data.total.costPerCall ?? null;
  return (
    <Tile
      title="Cost per call"
      value={
        <a className="proof" href="/changes" onClick={onLink('changes')}>
          {each === null ? '–' : moneyText(each)}
        </a>
      }
      delta={each === null ? '–' : <Delta now={each} data={data} of="costPerCall" />}
      against={
        each === null
          ? 'no call began here'
          : `${countText(data.total.calls ?? 0)} calls, ${countText(data.total.averageInputTokens)} tokens in each`
      }
    />
  );
}
