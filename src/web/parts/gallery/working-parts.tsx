/** Controls, an empty page, a table, tiles, a drawer and a dialog: what is pressed, read in rows and opened. */
import { useState } from 'react';

import { CopyButton } from '../copy-button.tsx';
import { Dialog } from '../dialog.tsx';
import { Field } from '../field.tsx';
import { Heads } from '../heads.tsx';
import { Icon } from '../icon.tsx';
import { Sparkline } from '../marks/sparkline.tsx';
import { Segments } from '../segments.tsx';
import { CompositionStrip } from '../strip.tsx';
import { Group } from './example.tsx';

export function Controls() {
  const [grain, setGrain] = useState('day');
  const [text, setText] = useState('support');
  const [dialog, setDialog] = useState(false);
  return (
    <Group title="Controls" note="28 px high; focus is always visible">
      <p className="gallery-chips">
        <button type="button" className="btn primary" onClick={() => setDialog(true)}>
          Open a dialog
        </button>
        <button type="button" className="btn">
          Default
        </button>
        <button type="button" className="btn plain">
          Plain
        </button>
        <button type="button" className="btn" disabled>
          Not now
        </button>
        <button type="button" className="btn square" aria-label="Search">
          <Icon name="search" />
        </button>
      </p>
      <Segments
        label="Grain"
        value={grain}
        choices={{ day: 'Day', week: 'Week', month: 'Month' }}
        onChange={setGrain}
      />
      <Field label="A thing to write" value={text} onChange={setText} hint="Its hint stands below." />
      {dialog && (
        <Dialog title="A thing to decide" note="over the page" onClose={() => setDialog(false)}>
          <div className="part">
            <p>The browser keeps the focus in it; esc closes it and gives the focus back.</p>
            <button type="button" className="btn primary" onClick={() => setDialog(false)}>
              Close it
            </button>
          </div>
        </Dialog>
      )}
    </Group>
  );
}

const SNIPPET = 'export OPENAI_BASE_URL=http://127.0.0.1:4000/v1';

export function EmptyState() {
  return (
    <Group title="Empty" note="teaches, then watches">
      <div className="empty">
        <h3>No calls yet</h3>
        <p>Point one workflow at the gateway. The first call appears here within a second.</p>
        <pre className="snippet" role="region" aria-label="The address" tabIndex={0}>
          {SNIPPET}
        </pre>
        <CopyButton text={SNIPPET} label="Copy the address" />
      </div>
      <p className="notice trouble">
        <Icon name="alert" />
        The gateway does not answer. What you see is from 09:40; no call was lost. It is asked again every 5
        seconds.
      </p>
    </Group>
  );
}

const ROWS = [
  { name: 'Support copilot', hue: 'k1', cost: '41,800', share: '38.0%', amounts: [3n, 4n, 5n, 4n, 6n] },
  { name: 'Contract extraction', hue: 'k2', cost: '22,500', share: '20.5%', amounts: [5n, 4n, 4n, 3n, 3n] },
  { name: 'Everything else', hue: 'k0', cost: '45,700', share: '41.5%', amounts: [2n, 2n, 3n, 2n, 2n] },
];

export function TableAndTiles() {
  return (
    <>
      <Group title="Table" note="one precision a column; it is the legend of the chart above it">
        <div className="scroll" role="region" tabIndex={0} aria-label="A table">
          <table>
            <caption className="sr">Spend by workflow</caption>
            <Heads texts={['Workflow', 'Course']} figures={['Cost, $', 'Share']} />
            <tbody>
              {ROWS.map(({ name, hue, cost, share, amounts }) => (
                <tr key={name}>
                  <td>
                    <span className="name">
                      <i className={`dot ${hue}`} />
                      {name}
                    </span>
                  </td>
                  <td>
                    <Sparkline {...{ amounts, hue }} />
                  </td>
                  <td className="num">{cost}</td>
                  <td className="num">{share}</td>
                </tr>
              ))}
              <tr className="total">
                <td>Total</td>
                <td />
                <td className="num">110,000</td>
                <td className="num">100%</td>
              </tr>
            </tbody>
          </table>
        </div>
      </Group>
      <div className="tiles">
        <article className="tile">
          <h2>Spend, October 2026</h2>
          <div className="value">$110.0k</div>
          <Sparkline amounts={[3n, 4n, 5n, 4n, 6n, 7n]} hue="" />
          <p className="delta">
            <b>▲ $6.1k +5.9%</b> on September
          </p>
          <p className="against">every call in it has a price</p>
        </article>
        <article className="tile">
          <h2>Budget</h2>
          <div className="value">none</div>
          <p className="delta">No budget covers the whole company</p>
        </article>
        <article className="tile">
          <h2>Attributed</h2>
          <div className="value">–</div>
          <p className="delta">asking</p>
        </article>
      </div>
    </>
  );
}

export function DrawerPart() {
  return (
    <Group title="Drawer" note="a receipt: units × price = cost">
      <section className="gallery-drawer" aria-label="A receipt">
        <CompositionStrip
          title="Input"
          basis="estimated"
          parts={{ system: 820, tools: 1_200, history: 3_100, retrieval: 2_700, user: 600, unknown: 400 }}
        />
        <table className="receipt">
          <caption className="sr">Units, price, cost</caption>
          <Heads texts={['Unit']} figures={['Tokens', '$ / 1M', 'Cost, $']} />
          <tbody>
            <tr>
              <td>Input</td>
              <td className="num">8,820</td>
              <td className="num">2.50</td>
              <td className="num">0.02205000</td>
            </tr>
            <tr>
              <td>Output</td>
              <td className="num">310</td>
              <td className="num">10.00</td>
              <td className="num">0.00310000</td>
            </tr>
            <tr className="due">
              <td>Cost</td>
              <td />
              <td />
              <td className="num">0.02515000</td>
            </tr>
          </tbody>
        </table>
      </section>
    </Group>
  );
}
