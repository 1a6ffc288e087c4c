/** How a mark of a waterfall is filled: solid where it happened, hatched in its hue where it has not. */
import { hueHatch } from './hatches.tsx';

/** Demand and ends, better, worse, and the scenario in question. */
export const AHEAD_HUES = ['k-ink', 'k-good', 'k-bad', 'k-acc'] as const;

export function fillOf(
  { look, ahead }: { readonly look: string; readonly ahead: string | undefined },
  id: string,
): { readonly className: string; readonly style?: { readonly fill: string } } {
  if (ahead === undefined) return { className: look };
  return { className: `fk ahead ${ahead}`, style: { fill: hueHatch(id, ahead) } };
}
