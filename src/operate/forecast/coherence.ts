/**
 * Workflows, teams and the organisation are forecast apart and made to add up: the least change, weighted by how far each
 * was off before (minimum-trace reconciliation with diagonal weights, Wickramasuriya et al. 2019):
 * ỹ = ŷ − W·Cᵀ·(C·W·Cᵀ)⁻¹·C·ŷ, where C says that a parent is the sum of its children.
 */

export interface Level {
  /** Point forecasts by step. */
  readonly point: readonly number[];
  /** Mean squared error of the back-test, in the square of the unit of `point`; how little it is believed. */
  readonly variance: number;
}

export interface Hierarchy {
  readonly workflows: ReadonlyArray<Level & { readonly team: string }>;
  readonly teams: ReadonlyMap<string, Level>;
  readonly organisation: Level;
}

/** The workflows, changed so that teams and the organisation are their sums; never below zero. */
export function reconcile({ workflows, teams, organisation }: Hierarchy): number[][] {
  const parents = [
    { level: organisation, children: workflows.map((_, at) => at) },
    ...[...teams].map(([team, level]) => ({
      level,
      children: workflows.flatMap((one, at) => (one.team === team ? [at] : [])),
    })),
  ].filter(({ level, children }) => children.length > 1 && level.variance > 0);
  const steps = organisation.point.length;
  const result = workflows.map(({ point }) => [...point]);
  if (parents.length === 0) return result;
  const factors = solver(workflows, parents);
  for (let step = 0; step < steps; step += 1) {
    const gaps = parents.map(
      ({ level, children }) =>
        (level.point[step] ?? 0) - children.reduce((sum, at) => sum + (workflows[at]?.point[step] ?? 0), 0),
    );
    const pulls = factors(gaps);
    for (const [at, one] of workflows.entries()) {
      let pull = 0;
      for (const [parent, { children }] of parents.entries())
        if (children.includes(at)) pull += pulls[parent] ?? 0;
      result[at]![step] = Math.max(0, (one.point[step] ?? 0) + one.variance * pull);
    }
  }
  return result;
}

interface Parent {
  readonly level: Level;
  readonly children: readonly number[];
}

/** (C·W·Cᵀ)⁻¹ applied to gaps; the matrix is the same for all steps, so it is decomposed once (Cholesky). */
function solver(
  workflows: readonly Level[],
  parents: readonly Parent[],
): (gaps: readonly number[]) => number[] {
  const size = parents.length;
  const matrix = parents.map((left, row) =>
    parents.map((right, column) => {
      const both = left.children.filter((at) => right.children.includes(at));
      const shared = both.reduce((sum, at) => sum + (workflows[at]?.variance ?? 0), 0);
      return shared + (row === column ? left.level.variance : 0);
    }),
  );
  const root: number[][] = matrix.map(() => Array.from({ length: size }, () => 0));
  for (let row = 0; row < size; row += 1)
    for (let column = 0; column <= row; column += 1) {
      let sum = matrix[row]![column]!;
      for (let at = 0; at < column; at += 1) sum -= root[row]![at]! * root[column]![at]!;
      root[row]![column] =
        row === column ? Math.sqrt(Math.max(sum, Number.MIN_VALUE)) : sum / root[column]![column]!;
    }
  return (gaps) => {
    const middle = [...gaps];
    for (let row = 0; row < size; row += 1) {
      for (let at = 0; at < row; at += 1) middle[row] = middle[row]! - root[row]![at]! * middle[at]!;
      middle[row] = middle[row]! / root[row]![row]!;
    }
    for (let row = size - 1; row >= 0; row -= 1) {
      for (let at = row + 1; at < size; at += 1) middle[row] = middle[row]! - root[at]![row]! * middle[at]!;
      middle[row] = middle[row]! / root[row]![row]!;
    }
    return middle;
  };
}
