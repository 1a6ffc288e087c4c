/**
 * Which files begin first. A runner that knows no former run begins with the largest files, but what takes long here are
 * small ones that drive a browser, kill processes or run many seeds: begun last, one of them would go on alone.
 */
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

/** Longest first, as measured; a file that is missing here keeps its place among the others. */
const LONGEST = [
  'simulation/simulation',
  'e2e/web-ledger',
  'e2e/web-forecast',
  'e2e/web-pages',
  'conformance/ledger-server',
  'conformance/ledger-once',
  'e2e/replay',
  'e2e/web-stories',
  'e2e/number-integrity',
  'chaos/kills',
  'e2e/journey-cfo',
  'e2e/reload',
  'e2e/web-inform',
  'e2e/web',
  'e2e/web-gateway',
  'e2e/web-wipe',
  'e2e/web-workflows',
  'conformance/attribution',
  'e2e/stopping',
  'conformance/reconciliation',
  'e2e/web-annotations',
  'conformance/ledger',
  'conformance/ledger-posting',
  'e2e/web-views',
  'conformance/backup',
  'e2e/operations',
  'e2e/canaries',
];

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is no array
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => placeOf(a.moduleId) - placeOf(b.moduleId));
  }
}

function placeOf(file: string): number {
  const place = LONGEST.findIndex((name) => file.endsWith(`/test/${name}.test.ts`));
  return place === -1 ? LONGEST.length : place;
}
