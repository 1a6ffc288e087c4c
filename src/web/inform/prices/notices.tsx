import type { PriceCheck } from '../../../api/contract/prices.ts';
import { countText } from '../../../units/figures.ts';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { EMPTY_PRICE } from './price-form.ts';
import type { PriceForm } from './price-form.ts';

type Notice = PriceCheck['notices'][number];

const KINDS: Readonly<Record<Notice['kind'], { readonly word: string; readonly look: string }>> = {
  'unpriced-model': { word: 'unpriced', look: 'warn' },
  'stale-source': { word: 'list is old', look: 'warn' },
  'no-source': { word: 'no source', look: 'warn' },
  'contract-expired': { word: 'expired', look: 'warn' },
  'contract-expiring': { word: 'expiring', look: '' },
  announced: { word: 'announced', look: 'line' },
};

interface NoticesProps {
  readonly check: PriceCheck;
  readonly onPrice: (form: PriceForm) => void;
}

/** What the check of the book found, with the repair beside it. */
export function Notices({ check, onPrice }: NoticesProps) {
  if (check.notices.length === 0) return null;
  return (
    <section className="card">
      <header>
        <h2>Price check</h2>
        <p>what is missing, old or about to change</p>
      </header>
      <ul className="findings">
        {check.notices.map((notice) => (
          <li className="finding" key={`${notice.kind} ${notice.provider} ${notice.model} ${notice.at}`}>
            <p>
              <span className={`chip ${KINDS[notice.kind].look}`}>{KINDS[notice.kind].word}</span>{' '}
              {notice.message}
              {notice.units !== null && (
                <span className="quiet"> {countText(notice.units)} tokens in the last 30 days.</span>
              )}
            </p>
            <Repair notice={notice} onPrice={onPrice} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Repair({
  notice,
  onPrice,
}: {
  readonly notice: Notice;
  readonly onPrice: (form: PriceForm) => void;
}) {
  const { kind, provider, model } = notice;
  if (kind === 'unpriced-model')
    return (
      <div className="acts">
        <a
          className="btn plain"
          {...ledgerLink({
            zone: '',
            during: '30d',
            by: 'provider,model',
            only: [`provider=${provider}`, `model=${model}`],
          })}
        >
          Show the calls
        </a>
        <button type="button" className="btn" onClick={() => onPrice({ ...EMPTY_PRICE, provider, model })}>
          Set a price
        </button>
      </div>
    );
  if (kind === 'contract-expired' || kind === 'contract-expiring')
    return (
      <div className="acts">
        <button
          type="button"
          className="btn"
          onClick={() => onPrice({ ...EMPTY_PRICE, provider, model, supersedes: notice.decision })}
        >
          Set the next price
        </button>
      </div>
    );
  return null;
}
