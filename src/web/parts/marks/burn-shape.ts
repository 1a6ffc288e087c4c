/** The geometry of a budget's bar: what is taken, from the left, without overlap; and where its marks stand. */

export interface BurnAmounts {
  readonly cap: number;
  readonly spent: number;
  /** Spent for all we know, but not yet confirmed. */
  readonly presumed: number;
  readonly reserved: number;
  /** At the end of the window, at this pace. */
  readonly projected?: number | undefined;
}

export interface BurnPart {
  readonly kind: 'spent' | 'over' | 'presumed' | 'reserved' | 'projected';
  readonly from: number;
  readonly to: number;
}

/** What lies beyond the cap is a part of its own, so that the eye meets it. Parts of nothing are left out. */
export function burnParts({ cap, spent, presumed, reserved, projected }: BurnAmounts): BurnPart[] {
  const presumedTo = spent + presumed;
  const taken = presumedTo + reserved;
  const parts: BurnPart[] = [
    { kind: 'spent', from: 0, to: Math.min(spent, cap) },
    { kind: 'over', from: cap, to: spent },
    { kind: 'presumed', from: spent, to: presumedTo },
    { kind: 'reserved', from: presumedTo, to: taken },
    { kind: 'projected', from: taken, to: projected ?? taken },
  ];
  return parts.filter(({ from, to }) => to > from);
}

/** The bar is as long as the cap, or as what passes it. */
export function burnReach({ cap, spent, presumed, reserved, projected }: BurnAmounts): number {
  return Math.max(cap, spent + presumed + reserved, projected ?? 0, Number.EPSILON);
}

export const BURN_LOOKS: Readonly<Record<BurnPart['kind'], string>> = {
  spent: 'f-actual',
  over: 'f-bad',
  presumed: 'f-actual partial-mark',
  reserved: 'edge-ink',
  projected: 'edge-ink dotted',
};

/** The most caps that a small bar shows, so that a budget that was passed fivefold still leaves a mark of its cap. */
const MOST_CAPS = 2;

/** Where an amount lies in percent of a small bar; what lies beyond its end is at its end. */
export function burnPlace(amount: number, reach: number, cap: number): number {
  return Math.max(0, Math.min(100, (amount / Math.min(reach, cap * MOST_CAPS)) * 100));
}
