/**
 * The last words of a test run: every skipped test by name with its reason, then `N passed, N failed, N skipped`.
 * A test that cannot run (no browser, no reference data) must be seen, not forgotten.
 */
import type { Reporter, TestCase, TestModule } from 'vitest/node';

interface Tally {
  passed: number;
  failed: number;
  readonly skipped: string[];
}

export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    // An error outside any test (a rejection nobody awaited) fails the run, so it must fail the tally too.
    const tally: Tally = { passed: 0, failed: errors.length, skipped: [] };
    for (const module of modules) {
      // A file that cannot be loaded holds tests that never ran: it counts as one failure, never as nothing.
      tally.failed += module.errors().length;
      for (const suite of module.children.allSuites()) tally.failed += suite.errors().length;
      for (const test of module.children.allTests()) count(test, tally);
    }
    if (tally.skipped.length > 0)
      process.stdout.write(`\nskipped:\n${tally.skipped.map((line) => `  ${line}\n`).join('')}`);
    process.stdout.write(`\n${describe(tally)}\n`);
  }
}

function count(test: TestCase, tally: Tally): void {
  const result = test.result();
  if (result.state === 'passed') tally.passed += 1;
  else if (result.state === 'failed') tally.failed += 1;
  else {
    const note = result.state === 'skipped' ? result.note : undefined;
    tally.skipped.push(
      `${test.module.relativeModuleId} › ${test.fullName}${note === undefined ? '' : `: ${note}`}`,
    );
  }
}

function describe(tally: Tally): string {
  const skipped = tally.skipped.length === 0 ? '' : `, ${tally.skipped.length} skipped`;
  return `${tally.passed} passed, ${tally.failed} failed${skipped}`;
}
