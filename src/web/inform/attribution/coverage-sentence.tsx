import type { CoverageAnswer } from '../../../api/contract/attribution.ts';
import { moneyText, shareText } from '../../../units/figures.ts';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { pointsText } from '../../parts/points.ts';
import { pointsOf } from './coverage-figure.tsx';

/** How much is known, against what is aimed for, and which way it goes. */
export function CoverageSentence({ data }: { readonly data: CoverageAnswer }) {
  const { share, missing: left } = data.fields.workflow;
  const during = data.during.text;
  if (share === null)
    return (
      <p className="sentence">
        Nothing of this period has a price, so no share of spend can be told; add prices to see what is
        attributed.
      </p>
    );
  return (
    <p className="sentence">
      <b>{shareText(share, 1)}</b> of{' '}
      <a className="proof" {...ledgerLink({ during })}>
        <b>{moneyText(data.total.cost)}</b>
      </a>{' '}
      names its workflow, <b>{againstTarget(share, data.target)}</b>
      {left.cost === '0' ? (
        '; nothing is missing'
      ) : (
        <>
          ;{' '}
          <a className="proof" {...ledgerLink({ during, only: ['workflow='] })}>
            <b>{moneyText(left.cost)}</b>
          </a>{' '}
          is unattributed
        </>
      )}
      .<LastWeek data={data} />
    </p>
  );
}

function againstTarget(share: number, target: number): string {
  const aim = `the target of ${shareText(target)}`;
  if (share >= target) return `${pointsText(share - target)} above ${aim}`;
  return `${pointsText(target - share)} below ${aim}`;
}

/** What it was in the last week that is over: the way it goes, in one figure. */
function LastWeek({ data }: { readonly data: CoverageAnswer }) {
  const last = pointsOf(data).findLast(({ whole }) => whole);
  if (last === undefined) return null;
  return (
    <>
      {' '}
      The last whole week reached <b>{shareText(last.share, 1)}</b>.
    </>
  );
}
