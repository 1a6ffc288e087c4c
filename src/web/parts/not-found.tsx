import { Shell } from './shell.tsx';
import { onLink } from './path.ts';

/** An address that leads nowhere: says so, and where one can go. */
export function NotFound() {
  return (
    <Shell title="No such page">
      <div className="content">
        <p className="sentence">Nothing is kept at this address.</p>
        <p>
          The page may have moved. Your figures are where they were:{' '}
          <a className="proof" href="/ledger" onClick={onLink('ledger')}>
            open the ledger
          </a>
          , or press ⌘K and type what you are looking for.
        </p>
      </div>
    </Shell>
  );
}
