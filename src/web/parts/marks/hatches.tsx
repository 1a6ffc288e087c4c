/** The hatches of one drawing; ids are made unique by the drawing, since patterns of a page share one space of names. */
import { PatternLines } from '@visx/pattern';

const QUIET = 7;
const INK = 5;

interface HatchesProps {
  readonly id: string;
  /** Classes of hues whose forecast is drawn. */
  readonly hues?: readonly string[];
}

export function Hatches({ id, hues = [] }: HatchesProps) {
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
      {hues.map((hue) => (
        <g key={hue} className={hue}>
          <PatternLines
            id={`${id}-${hue}`}
            width={INK}
            height={INK}
            className="hatch-k"
            orientation={['diagonal']}
          />
        </g>
      ))}
    </defs>
  );
}

/** `q`: unknown or not measured. `ink`: not yet real, as a forecast or a reservation. */
export function hatch(id: string, kind: 'q' | 'ink'): string {
  return `url(#${id}-${kind})`;
}

/** What is forecast of an entity, in its hue. */
export function hueHatch(id: string, hue: string): string {
  return `url(#${id}-${hue})`;
}
