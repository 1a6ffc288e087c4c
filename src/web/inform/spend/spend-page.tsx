/** Where spend goes, by anything: bars over time, and the table that is their legend. */
import { useEffect, useState } from 'react';

import type { LedgerAnswer } from '../../../api/contract.ts';
import { changePercent, moneyText, shareText } from '../../../units/figures.ts';
import { formatDollars, parseDollars } from '../../../units/money.ts';
import { useAddress } from '../../parts/address.ts';
import { Asking } from '../../parts/asking.tsx';
import { signedMoney } from '../../parts/change.ts';
import { useFilters } from '../../parts/filters.ts';
import { useHues } from '../../parts/hues.ts';
import { periodText, stretchText } from '../../parts/instants.ts';
import { ledgerSearch } from '../../parts/ledger-link.ts';
import { goTo } from '../../parts/path.ts';
import { dimensionLabel } from '../../parts/dimensions.ts';
import { Content } from '../../parts/content.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { Segments } from '../../parts/segments.tsx';
import { Shell } from '../../parts/shell.tsx';
import { Trouble } from '../trouble.tsx';
import { SpendCard } from './spend-card.tsx';
import { spendFiles, useSpend } from './spend-data.ts';
import { SpendTable } from './spend-table.tsx';

const DEFAULTS = { by: 'workflow', rows: '12', view: 'bars' } as const;

export function SpendPage() {
  const [filters, setFilters] = useFilters();
  const [address, go] = useAddress(DEFAULTS);
  const [lit, setLit] = useState<string>();
  const hueOf = useHues(address.by);
  const spend = useSpend(filters, address.by, Number(address.rows));
  const { answer } = spend;
  useEffect(() => {
    document.title = 'Spend · Setpoint';
  }, []);
  const onProof = (conditions: readonly string[]): void =>
    goTo('ledger', ledgerSearch({ during: filters.during, only: [...filters.where, ...conditions] }));
  return (
    <Shell title="Spend" links={spendFiles(filters, address.by, Number(address.rows))}>
      <FilterBar
        show={['period', 'compare', 'grain', 'by', 'filters']}
        by={address.by}
        onBy={(by) => go({ by })}
        facts={answer}
        away={spend.error !== null}
        zoned
      />
      <Content isOld={spend.isOld} isReady={answer !== undefined && !spend.isOld}>
        {spend.error !== null && <Trouble error={spend.error} data={answer} />}
        <Asking
          of="spend"
          isOld={spend.isOld}
          what={`Adding up the period by ${dimensionLabel(address.by).toLowerCase()}`}
        />
        {answer !== undefined && (
          <>
            <SpendSentence data={answer} by={address.by} onProof={onProof} />
            <SpendCard
              by={address.by}
              kind={address.view === 'cumulative' ? 'cumulative' : 'bars'}
              {...{ spend, hueOf, lit }}
              onLit={setLit}
            >
              <Segments
                label="Kind of chart"
                value={address.view}
                choices={{ bars: 'Bars', cumulative: 'Cumulative' }}
                onChange={(view) => go({ view })}
              />
            </SpendCard>
            <SpendTable
              data={answer}
              by={address.by}
              series={spend.series}
              {...{ hueOf, lit, onProof }}
              onHover={setLit}
              onDrill={(condition, next) => {
                setFilters({ where: [...filters.where, condition] });
                go({ by: next });
              }}
              onExclude={(condition) =>
                setFilters({ where: [...filters.where, condition.replace('=', '!=')] })
              }
              onMore={() => go({ rows: '200' })}
            />
          </>
        )}
      </Content>
    </Shell>
  );
}

/** One true sentence from the same answer as the table. */
function SpendSentence({
  data,
  by,
  onProof,
}: {
  readonly data: LedgerAnswer;
  readonly by: string;
  readonly onProof: (conditions: readonly string[]) => void;
}) {
  const total = data.total.cost ?? '0';
  const [first] = data.rows;
  const name = first?.group[0] ?? '';
  const share = first?.figures.share ?? null;
  return (
    <p className="sentence">
      {periodText(data.during, data.timeZone)}
      {Date.parse(data.during.to) > data.asOfMs ? ' so far came to ' : ' came to '}
      <button type="button" className="proof" onClick={() => onProof([])}>
        <b>{moneyText(total)}</b>
      </button>
      <Against data={data} />
      {first !== undefined && share !== null && data.rows.length > 1 && (
        <>
          ; {name === '' ? `what names no ${dimensionLabel(by).toLowerCase()}` : name} is{' '}
          <button type="button" className="proof" onClick={() => onProof([`${by}=${name}`])}>
            <b>{shareText(share)}</b>
          </button>{' '}
          of it
        </>
      )}
      .
    </p>
  );
}

function Against({ data }: { readonly data: LedgerAnswer }) {
  if (data.compared === undefined) return null;
  const was = parseDollars(data.compared.total.cost ?? '0');
  const change = parseDollars(data.total.cost ?? '0') - was;
  const period = stretchText(data.compared.during, data.timeZone);
  if (was <= 0n) return <>; nothing was spent in {period}</>;
  if (change === 0n) return <>, exactly as much as {period}</>;
  return (
    <>
      , <b>{changePercent(was, change)}</b> ({signedMoney(formatDollars(change))}) on {period}
    </>
  );
}
