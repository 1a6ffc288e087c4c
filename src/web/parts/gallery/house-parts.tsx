/** Colour, notation, states of a number, numbers: what is the same on every page. */
import { useId } from 'react';

import { moneyCell, moneyText, shareText, unitCell, unitColumn } from '../../../units/figures.ts';
import { signedMoney } from '../change.ts';
import { StateChip } from '../chips.tsx';
import type { State } from '../chips.tsx';
import { compactMoney } from '../compact.ts';
import { Icon } from '../icon.tsx';
import { hatch, Hatches } from '../marks/hatches.tsx';
import { Group } from './example.tsx';

const COLOURS: ReadonlyArray<readonly [string, string]> = [
  ['background', 'bg'],
  ['surface', 'surface'],
  ['well', 'surface-2'],
  ['pressed', 'surface-3'],
  ['hairline', 'hairline'],
  ['edge', 'control'],
  ['text', 'text-1'],
  ['second', 'text-2'],
  ['third', 'text-3'],
  ['accent', 'accent'],
  ['selected', 'accent-soft'],
  ['good', 'good'],
  ['bad', 'bad'],
  ['warn', 'warn'],
  ['actual', 'actual'],
  ['previous', 'ghost'],
  ...['petrol', 'ochre', 'violet', 'moss', 'rose', 'sky', 'umber', 'slate'].map(
    (name, at) => [name, `cat-${at + 1}`] as const,
  ),
  ['other', 'cat-other'],
  ...['system', 'tools', 'history', 'retrieval', 'user', 'media', 'overhead'].map(
    (name, at) => [name, `in-${at + 1}`] as const,
  ),
  ...['text', 'reasoning', 'tool calls'].map((name, at) => [name, `out-${at + 1}`] as const),
];

export function Colours() {
  return (
    <Group title="Colour" note="both themes from one list of tokens">
      <ul className="gallery-colours">
        {COLOURS.map(([name, token]) => (
          <li key={token}>
            <i style={{ background: `var(--${token})` }} />
            <span>
              {name}
              <br />
              <span className="quiet mono">{token}</span>
            </span>
          </li>
        ))}
      </ul>
    </Group>
  );
}

const SLOT = 88;

export function Notation() {
  const id = useId();
  const marks = [
    { name: 'actual', how: 'solid', mark: <rect className="f-actual" x={8} y={16} width={32} height={72} /> },
    {
      name: 'previous',
      how: 'ghosted',
      mark: <rect className="f-ghost edge" x={8} y={24} width={32} height={64} />,
    },
    {
      name: 'plan',
      how: 'outlined',
      mark: <rect className="gallery-plan" x={8.5} y={10.5} width={31} height={77} />,
    },
    {
      name: 'forecast',
      how: 'hatched',
      mark: (
        <rect
          className="edge-ink"
          x={8.5}
          y={20.5}
          width={31}
          height={67}
          style={{ fill: hatch(id, 'ink') }}
        />
      ),
    },
    {
      name: 'partial',
      how: 'faded',
      mark: (
        <>
          <rect className="f-rest" x={8.5} y={20.5} width={31} height={67} />
          <rect className="f-actual partial" x={8} y={56} width={32} height={32} />
        </>
      ),
    },
    {
      name: 'unknown',
      how: 'light hatch',
      mark: (
        <rect className="base" x={8.5} y={16.5} width={31} height={71} style={{ fill: hatch(id, 'q') }} />
      ),
    },
  ];
  return (
    <Group title="Notation" note="the same in every chart">
      <ul className="gallery-row">
        {marks.map(({ name, how, mark }) => (
          <li key={name}>
            <svg width={SLOT / 2 + 6} height={90} aria-hidden="true">
              <Hatches id={id} />
              {mark}
              <line className="base" x1={0} x2={SLOT} y1={88.5} y2={88.5} />
            </svg>
            <b>{name}</b>
            <span className="small quiet">{how}</span>
          </li>
        ))}
      </ul>
    </Group>
  );
}

const STATES: ReadonlyArray<readonly [State, string]> = [
  ['unpriced', 'no price in the book; counted, not summed'],
  ['unattributed', 'no workflow; always a visible row of its own'],
  ['estimated', 'the provider did not report usage'],
  ['simulated', 'answered by the built-in provider, never in a total'],
  ['flagged', 'the parts that were reported do not add up'],
  ['stopped by budget', 'its stream came to more than its budgets had left'],
  ['aborted', 'the client left before the end'],
  ['failed', 'no complete answer came'],
  ['retry', 'an attempt after one that failed'],
  ['correction', 'a line that replaces nothing and adds up'],
];

export function StatesOfANumber() {
  return (
    <Group title="States of a number" note="each has a name, a mark and a reason">
      <table className="receipt">
        <caption className="sr">States of a number</caption>
        <tbody>
          {STATES.map(([state, why]) => (
            <tr key={state}>
              <td>
                <StateChip state={state} />
              </td>
              <td className="soft wrap">{why}</td>
            </tr>
          ))}
          <tr>
            <td>
              <span className="chip">partial, to 09:40</span>
            </td>
            <td className="soft wrap">the bucket is still filling</td>
          </tr>
          <tr>
            <td>
              <span className="chip line">assumed</span>
            </td>
            <td className="soft wrap">a person entered it</td>
          </tr>
        </tbody>
      </table>
    </Group>
  );
}

export function Numbers() {
  const unit = unitColumn(['0.0000048']);
  const rows: ReadonlyArray<readonly [string, string]> = [
    ['Total on a tile', compactMoney(110_000)],
    ['Total in a table, from $10,000', moneyCell('41800', 0)],
    ['$1 to $10,000, on its own', moneyText('2592')],
    ['Unit cost', moneyText('0.0336')],
    ['Far below a cent', `${unitCell('0.0000048', unit, '$')} / 1M tokens`],
    ['Below the step, above zero', moneyText('0.000001')],
    ['Zero', moneyText('0')],
    ['None', moneyCell(null, 2)],
    ['Change', `▼ ${signedMoney('-13400')}`],
    ['Part of a sum', shareText(0.103, 1)],
    ['Hardly any, nearly all', `${shareText(0.001)} · ${shareText(0.9999)}`],
  ];
  return (
    <Group title="Numbers" note="as shown; hover and copy give the full value">
      <table className="receipt">
        <caption className="sr">How numbers are written</caption>
        <tbody>
          {rows.map(([name, text]) => (
            <tr key={name}>
              <td className="soft">{name}</td>
              <td className="num">{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Group>
  );
}

export function Verdicts() {
  return (
    <Group title="Chips" note="green and red need evidence">
      <p className="gallery-chips">
        <span className="chip good">
          <Icon name="check" />
          Promote
        </span>
        <span className="chip bad">
          <Icon name="cross" />
          Reject
        </span>
        <span className="chip warn">Not enough evidence</span>
        <span className="chip accent">waits for Engineering</span>
        <span className="chip">closed</span>
        <span className="chip line">demo data</span>
        <span className="chip hatched">estimated</span>
      </p>
    </Group>
  );
}
