/**
 * The hatches of one drawing; ids are made unique by the drawing, since patterns of a page share one space of names. Lines run
 * across two corners too, so that a hatch has no seams.
 */

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
      <Lines id={`${id}-q`} step={QUIET} look="hatch-q" />
      <Lines id={`${id}-ink`} step={INK} look="hatch-ink" />
      {hues.map((hue) => (
        <g key={hue} className={hue}>
          <Lines id={`${id}-${hue}`} step={INK} look="hatch-k" />
        </g>
      ))}
    </defs>
  );
}

function Lines({ id, step, look }: { readonly id: string; readonly step: number; readonly look: string }) {
  const quarter = step / 4;
  const ends = `M${-quarter} ${quarter}l${quarter * 2} ${-quarter * 2}M${step - quarter} ${step + quarter}l${quarter * 2} ${-quarter * 2}`;
  return (
    <pattern id={id} width={step} height={step} patternUnits="userSpaceOnUse">
      <path className={look} d={`M0 ${step}L${step} 0${ends}`} />
    </pattern>
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
