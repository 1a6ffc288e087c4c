/** The factors of a cost, each on its own: how many calls, how large, how much of it from a cache, at what rate. */
import type { Figures, LedgerAnswer } from '../../../api/contract.ts';
import { countText, moneyText, shareText } from '../../../units/figures.ts';
import { parseDollars } from '../../../units/money.ts';
import { useFilters } from '../../parts/filters.ts';
import { stretchText } from '../../parts/instants.ts';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { Tile } from '../overview/tiles.tsx';
import { onlyWorkflow } from './address.ts';
import { cachedShare, ratePerThousand, tokensPerCall } from './workflow-figures.ts';

interface WorkflowTilesProps {
  readonly data: LedgerAnswer;
  readonly name: string;
}

export function WorkflowTiles({ data, name }: WorkflowTilesProps) {
  const [{ where }] = useFilters();
  const { total } = data;
  const proof = (text: string, by = '') => (
    <a className="proof" {...ledgerLink({ during: data.during.text, where: onlyWorkflow(where, name), by })}>
      {text}
    </a>
  );
  const rate = ratePerThousand(total);
  const unpriced = total.unpricedCalls ?? 0;
  return (
    <div className="tiles four">
      <Tile
        title="Calls"
        value={proof(countText(total.calls ?? 0))}
        delta={<Delta data={data} of={({ calls }) => calls} />}
        against={unpriced > 0 ? `${countText(unpriced)} without a price` : 'every one has a price'}
      />
      <Tile
        title="Tokens per call"
        value={proof(countText(tokensPerCall(total)), 'model')}
        delta={<Delta data={data} of={tokensPerCall} />}
        against={`${countText(total.averageInputTokens)} in, ${countText(total.averageOutputTokens)} out`}
      />
      <Tile
        title="Cached share of input"
        value={proof(shareText(cachedShare(total), 1), 'bucket')}
        delta={<Points data={data} />}
        against={`${countText(total.cacheReadTokens)} tokens read from a cache`}
      />
      <Tile
        title="Rate per 1K tokens"
        value={proof(rate === undefined ? '–' : moneyText(rate), 'model')}
        delta={<Delta data={data} of={rateOf} />}
        against={
          unpriced > 0 ? 'tokens without a price make it too low' : 'input and output together, without fees'
        }
      />
    </div>
  );
}

/** For the comparison only; what is shown is exact. */
function rateOf(figures: Figures): number | undefined {
  const rate = ratePerThousand(figures);
  return rate === undefined ? undefined : Number(parseDollars(rate));
}

interface DeltaProps {
  readonly data: LedgerAnswer;
  readonly of: (figures: Figures) => number | undefined;
}

function Delta({ data, of }: DeltaProps) {
  const { compared } = data;
  if (compared === undefined) return <>not compared</>;
  const [is, was] = [of(data.total), of(compared.total)];
  const period = stretchText(compared.during, data.timeZone);
  if (was === undefined || was <= 0) return <>no call in {period}</>;
  if (is === undefined) return <>no figure</>;
  if (is === was) return <>as in {period}</>;
  const change = (is - was) / was;
  const sign = change > 0 ? '▲ +' : '▼ −';
  return (
    <>
      <b>
        {sign}
        {shareText(Math.abs(change), 1)}
      </b>{' '}
      on {period}
    </>
  );
}

/** A share of a share misleads: shares are compared in points. */
function Points({ data }: { readonly data: LedgerAnswer }) {
  const { compared } = data;
  if (compared === undefined) return <>not compared</>;
  const [is, was] = [cachedShare(data.total), cachedShare(compared.total)];
  const period = stretchText(compared.during, data.timeZone);
  if (is === undefined || was === undefined) return <>no call in {period}</>;
  const points = (is - was) * 100;
  const text = Math.abs(points).toFixed(1);
  if (text === '0.0') return <>as in {period}</>;
  return (
    <>
      <b>{`${points > 0 ? '▲ +' : '▼ −'}${text} points`}</b> on {period}
    </>
  );
}
