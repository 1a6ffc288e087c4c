/** A link that means tomorrow what it means today: dates and time zone are written out. */
import { basisNow } from './basis.ts';
import { absolutePeriod } from './periods.ts';
import { say } from './saying.tsx';

export function sharedAddress(): string {
  const address = new URL(location.href);
  const basis = basisNow();
  if (basis === undefined) return address.href;
  if (basis.during !== undefined && basis.during.text !== 'all')
    address.searchParams.set('during', absolutePeriod(basis.during, basis.timeZone));
  address.searchParams.set('zone', basis.timeZone);
  return address.href;
}

/** Browsers let pages write to the clipboard on secure pages and on loopback only; elsewhere the link is put into the address bar. */
export async function shareLink(): Promise<void> {
  const address = sharedAddress();
  const dates = new URL(address).searchParams.get('during');
  try {
    await navigator.clipboard.writeText(address);
    say(
      dates === null
        ? 'Link copied.'
        : `Link copied, with its dates written out: ${dates.replace('..', ' to ')}.`,
    );
  } catch {
    history.replaceState(history.state, '', address);
    say('This browser lets no page copy here. The link with its dates written out is in the address bar.');
  }
}
