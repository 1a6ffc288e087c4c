/** What is shown, as files: the page's own tables, its charts as pictures, and paper. */
import { useState } from 'react';

import { download } from './downloads.tsx';
import { Drop, DropText } from './drop.tsx';
import { openOverlay, useOverlay } from './overlay.ts';
import { say } from './saying.tsx';

/** A file of what is shown, from the server: the question that the page asked, answered in another format. */
export interface ExportLink {
  readonly label: string;
  readonly note: string;
  readonly href: string;
  /** What it is called, where what is exported is typed on the page and no server has a name for it. */
  readonly name?: string;
}

export function Exports({ links }: { readonly links: readonly ExportLink[] }) {
  const open = useOverlay() === 'export';
  return (
    <Drop name="export" label="Export" icon="share">
      {open && <Choices links={links} />}
    </Drop>
  );
}

const close = (): void => openOverlay(undefined);

function Choices({ links }: { readonly links: readonly ExportLink[] }) {
  const [charts] = useState(chartsInSight);
  return (
    <>
      {links.map((link) => (
        <a
          key={link.label}
          className="btn plain"
          href={link.href}
          download={link.name ?? true}
          onClick={(event) => {
            close();
            // Another tab, a copy of the link, what is made on the page: the browser's own.
            if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || link.name !== undefined)
              return;
            event.preventDefault();
            void download(link);
          }}
        >
          <DropText label={link.label} note={link.note} />
        </a>
      ))}
      {charts.map((chart) => (
        <button
          key={chart.label}
          type="button"
          className="btn plain"
          onClick={() => {
            close();
            void savePicture(chart);
          }}
        >
          <DropText label={`${chart.label}, PNG`} note="with filters, time zone and price book on it" />
        </button>
      ))}
      <button
        type="button"
        className="btn plain"
        onClick={() => {
          close();
          setTimeout(() => print(), 100); // when the menu is gone
        }}
      >
        <DropText label="Print, or save as PDF" note="the page as it stands, without its controls" />
      </button>
    </>
  );
}

interface Chart {
  readonly label: string;
  readonly drawing: SVGSVGElement;
}

function chartsInSight(): Chart[] {
  const drawings = document.querySelectorAll<SVGSVGElement>('main figure svg');
  return [...drawings]
    .filter((drawing) => drawing.getBoundingClientRect().width > 120 && drawing.closest('td') === null)
    .map((drawing, at) => ({
      label: drawing.closest('section')?.querySelector('h2')?.textContent ?? `Chart ${at + 1}`,
      drawing,
    }));
}

async function savePicture({ label, drawing }: Chart): Promise<void> {
  try {
    const { pictureOf } = await import('./picture.ts');
    const link = document.createElement('a');
    link.href = await pictureOf(drawing, label);
    link.download = `setpoint-${label.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.png`;
    link.click();
  } catch (error) {
    say(`No picture was made: ${String(error)}. The table has the same figures.`);
  }
}
