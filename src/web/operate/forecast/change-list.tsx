import type { ScenarioDraft } from '../../../api/contract/plans.ts';
import { dateText } from '../../parts/instants.ts';
import { DRIVER_LABELS, driverText } from './words.ts';

type Change = ScenarioDraft['changes'][number];

/** What a scenario changes, in words, with what each rests on. */
export function ChangeList({ changes }: { readonly changes: readonly Change[] }) {
  if (changes.length === 0) return <p className="quiet">It changes nothing: the forecast as it goes.</p>;
  return (
    <ul className="change-list">
      {changes.map((one, at) => (
        <li key={`${at} ${changeText(one)}`}>
          <span>{changeText(one)}</span>
          <span className={`chip ${(one.basis ?? 'assumed') === 'assumed' ? 'line' : 'hatched'}`}>
            {one.basis ?? 'assumed'}
          </span>
          {one.note !== undefined && one.note !== '' && <small className="quiet">{one.note}</small>}
        </li>
      ))}
    </ul>
  );
}

/** `Input tokens × 0.54, from 1 Dec 2026 to 1 Jan 2027, Support copilot`. */
export function changeText({ driver, lever, times, to, workflow, model, from, until }: Change): string {
  const name = DRIVER_LABELS[driver] ?? driver;
  const what = to === undefined ? `× ${Number((times ?? 1).toPrecision(4))}` : `to ${toText(driver, to)}`;
  const when = [from && `from ${dateText(from)}`, until && `whole by ${dateText(until)}`];
  const whose = [workflow === '' ? 'unattributed' : workflow, model];
  const lead = lever === undefined ? '' : `${lever[0]?.toUpperCase()}${lever.slice(1)}: `;
  return [`${lead}${name} ${what}`, ...when, ...whose]
    .filter((part) => part !== undefined && part !== '')
    .join(', ');
}

function toText(driver: string, to: number): string {
  return driverText(driver === 'mix' ? 'cachedShare' : driver, to);
}
