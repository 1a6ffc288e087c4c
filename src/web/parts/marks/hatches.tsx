/** The hatches of one drawing; ids are made unique by the drawing, since patterns of a page share one space of names. */
import { PatternLines } from '@visx/pattern';

const QUIET = 7;
const INK = 5;

export function Hatches({ id }: { readonly id: string }) {
  return (
    <defs>
      <PatternLines
        id={`${id}-q`}
        width={QUIET}
        height={QUIET}
        className="hatch-q"
        orientation={['diagonal']}
      />
      <PatternLines
        id={`${id}-ink`}
        width={INK}
        height={INK}
        className="hatch-ink"
        orientation={['diagonal']}
      />
    </defs>
  );
}

/** `q`: unknown or not measured. `ink`: not yet real, as a forecast or a reservation. */
export function hatch(id: string, kind: 'q' | 'ink'): string {
  return `url(#${id}-${kind})`;
}
