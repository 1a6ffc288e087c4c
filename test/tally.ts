/**
 * The last words of a test run: every skipped test by name with its reason, every test that passed only when tried again, then
 * `N passed, N failed, N skipped`.
 * A test that cannot run (no browser, no reference data) must be seen, not forgotten.
 */
import type { Reporter, TestCase, TestModule } from 'vitest/node';

interface Tally {
  passed: number;
  failed: number;
  readonly skipped: string[];
  /** Passed only when tried again. */
  readonly flaky: string[];
}

export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    // An error outside any test (a rejection nobody awaited) fails the run, so it must fail the tally too.
    const tally: Tally = { passed: 0, failed: errors.length, skipped: [], flaky: [] };
    for (const module of modules) {
      // A file that cannot be loaded holds tests that never ran: it counts as one failure, never as nothing.
      tally.failed += module.errors().length;
      for (const suite of module.children.allSuites()) tally.failed += suite.errors().length;
      for (const test of module.children.allTests()) count(test, tally);
    }
    list('skipped', tally.skipped);
    list('passed at the second attempt', tally.flaky);
    process.stdout.write(`\n${describe(tally)}\n`);
  }
}

function count(test: TestCase, tally: Tally): void {
  const result = test.result();
  const name = `${test.module.relativeModuleId} › ${test.fullName}`;
  if (result.state === 'passed') {
    tally.passed += 1;
    if (test.diagnostic()?.flaky === true) tally.flaky.push(name);
  } else if (result.state === 'failed') tally.failed += 1;
  else {
    const note = result.state === 'skipped' ? result.note : undefined;
    tally.skipped.push(`${name}${note === undefined ? '' : `: ${note}`}`);
  }
}

function list(title: string, names: readonly string[]): void {
  if (names.length > 0) process.stdout.write(`\n${title}:\n${names.map((name) => `  ${name}\n`).join('')}`);
}

function describe(tally: Tally): string {
  const skipped = tally.skipped.length === 0 ? '' : `, ${tally.skipped.length} skipped`;
  return `${tally.passed} passed, ${tally.failed} failed${skipped}`;
}
