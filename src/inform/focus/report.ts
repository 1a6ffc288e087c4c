/** The verdicts of a check, as people and programs read them. Pure. */
import type { CompiledRule } from './compile.ts';
import type { Model } from './model.ts';
import type { Column } from '../../tables/tables.ts';

/**
 * `dynamic`: no file can show whether the rule is kept. `not-applicable`: the provider does not support what it is
 * about, the file lacks the column, or no row meets its condition; `reason` says which.
 */
export type Verdict = 'pass' | 'fail' | 'not-applicable' | 'dynamic';
/** How binding a rule is, by its keyword. What is only permitted cannot be broken. */
export type Obligation = 'must' | 'should' | 'may';

/** A row that breaks a rule, counted from 1 below the header, and the cells that the rule looked at. */
export interface Offence {
  readonly row: number;
  readonly values: Readonly<Record<string, string | null>>;
}

/** What a rule saw: rows that it is about, how many broke it, and the first of them. */
export interface Tally {
  readonly checked: number;
  readonly failed: number;
  readonly first: readonly Offence[];
}

export type Counts = Readonly<Record<Verdict, number>>;

export interface RuleReport {
  readonly id: string;
  readonly entity: string;
  readonly reference: string;
  readonly kind: string;
  readonly obligation: Obligation;
  readonly verdict: Verdict;
  /** Why, where the verdict does not say it; else empty. */
  readonly reason: string;
  /** The specification's own sentence. */
  readonly sentence: string;
  readonly rowsChecked: number;
  readonly rowsFailed: number;
  readonly first: readonly Offence[];
  /** Of a rule that joins others: the verdicts of its parts, and which failed. */
  readonly parts: {
    readonly join: 'AND' | 'OR';
    readonly counts: Counts;
    readonly failed: readonly string[];
  } | null;
  /** Rules that this one builds on and that failed themselves. */
  readonly failedDependencies: readonly string[];
  /** What is wrong with the model's rule, which was judged by its sentence; null: nothing known. */
  readonly defect: string | null;
}

export interface SetReport {
  readonly name: string;
  readonly version: string;
  readonly counts: Counts;
  /** Rules that must be kept and are not; composites that only pass a part's failure on are left out. */
  readonly broken: number;
  /** The same of rules that should be kept. */
  readonly advised: number;
  /** Rules of the model with a known defect. */
  readonly defects: number;
  readonly rules: readonly RuleReport[];
}

export interface CheckReport {
  readonly rows: number;
  readonly columns: readonly string[];
  /** Criteria of applicability that were answered with yes. */
  readonly supported: readonly string[];
  readonly sets: readonly SetReport[];
  /** What is no fault and still worth knowing. */
  readonly notes: readonly string[];
  /** No rule that must be kept is broken. */
  readonly conforms: boolean;
}

interface Checked {
  readonly rows: number;
  readonly columns: readonly Column[];
  readonly supported: ReadonlySet<string>;
  readonly sets: ReadonlyArray<{
    readonly model: Model;
    readonly rules: readonly CompiledRule[];
    readonly tallies: readonly Tally[];
  }>;
  readonly notes: readonly string[];
}

export function report({ rows, columns, supported, sets, notes }: Checked): CheckReport {
  const reports = sets.map(({ model, rules, tallies }) => setReport(model, judge(rules, tallies, columns)));
  return {
    rows,
    columns: columns.map(({ name }) => name),
    supported: [...supported].toSorted(),
    sets: reports,
    notes,
    conforms: reports.every(({ broken }) => broken === 0),
  };
}

function setReport(model: Model, rules: readonly RuleReport[]): SetReport {
  const broken = (obligation: Obligation): number =>
    rules.filter((rule) => rule.verdict === 'fail' && rule.obligation === obligation && rule.parts === null)
      .length;
  return {
    name: model.name,
    version: model.version,
    counts: countVerdicts(rules.map(({ verdict }) => verdict)),
    broken: broken('must'),
    advised: broken('should'),
    defects: rules.filter(({ defect }) => defect !== null).length,
    rules,
  };
}

interface Judged {
  readonly verdict: Verdict;
  readonly reason: string;
  readonly parts: RuleReport['parts'];
}

function judge(
  rules: readonly CompiledRule[],
  tallies: readonly Tally[],
  columns: readonly Column[],
): readonly RuleReport[] {
  const places = new Map(rules.map((compiled, at) => [compiled.rule.id, { compiled, at }]));
  const known = new Map<string, Judged>();
  const verdictOf = (id: string): Judged => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const { compiled, at } = places.get(id) as { compiled: CompiledRule; at: number };
    const judged =
      compiled.unanswered === null && compiled.asked.kind === 'composite'
        ? joined(
            compiled.asked,
            compiled.asked.parts.map((part) => ({
              id: part,
              obligation: obligationOf((places.get(part) as { compiled: CompiledRule }).compiled),
              ...verdictOf(part),
            })),
          )
        : single(compiled, tallies[at] as Tally, columns);
    known.set(id, judged);
    return judged;
  };
  return rules.map((compiled, at) => {
    const { rule, defect } = compiled;
    const { checked, failed, first } = tallies[at] as Tally;
    return {
      id: rule.id,
      entity: rule.entity,
      reference: rule.reference,
      kind: rule.kind,
      obligation: obligationOf(compiled),
      ...verdictOf(rule.id),
      sentence: rule.sentence,
      rowsChecked: checked,
      rowsFailed: failed,
      first,
      failedDependencies: rule.dependencies.filter((id) => verdictOf(id).verdict === 'fail'),
      defect: defect?.words ?? null,
    };
  });
}

function obligationOf({ rule: { keyword } }: CompiledRule): Obligation {
  if (keyword.startsWith('MUST')) return 'must';
  return keyword === 'MAY' || keyword === 'OPTIONAL' ? 'may' : 'should';
}

function single(compiled: CompiledRule, tally: Tally, columns: readonly Column[]): Judged {
  const say = (verdict: Verdict, reason = ''): Judged => ({ verdict, reason, parts: null });
  const { asked, unanswered, absent, about } = compiled;
  if (unanswered !== null) return say('not-applicable', `not supported: ${unanswered.join(', ')}`);
  if (asked.kind === 'dynamic') return say('dynamic', 'no file shows this; people have to');
  if (asked.kind === 'presence') {
    if (columns.some(({ name }) => name === asked.column)) return say('pass');
    return obligationOf(compiled) === 'may'
      ? say('pass', 'a permission')
      : say('fail', `the column ${asked.column} is absent`);
  }
  if (asked.kind === 'header')
    return asked.faults.length === 0 ? say('pass') : say('fail', asked.faults.slice(0, 5).join('; '));
  if (absent.length > 0) return say('not-applicable', `the file has no column ${absent.join(', ')}`);
  if (obligationOf(compiled) === 'may') return say('pass', 'a permission');
  if (about !== undefined && tally.checked === 0) return say('not-applicable', 'no row meets its condition');
  return say(tally.failed === 0 ? 'pass' : 'fail');
}

/** AND fails with a part that must hold; OR only when none of its parts does. */
function joined(
  { join }: { readonly join: 'AND' | 'OR' },
  parts: ReadonlyArray<Judged & { readonly id: string; readonly obligation: Obligation }>,
): Judged {
  const counts = countVerdicts(parts.map(({ verdict }) => verdict));
  const failed = parts.filter(({ verdict }) => verdict === 'fail');
  const binding = failed.filter(({ obligation }) => obligation === 'must');
  const broken = join === 'AND' ? binding.length > 0 : failed.length > 0 && counts.pass === 0;
  const verdict: Verdict = broken
    ? 'fail'
    : counts.pass > 0 || failed.length > 0
      ? 'pass'
      : counts.dynamic > 0
        ? 'dynamic'
        : 'not-applicable';
  const words = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`);
  return {
    verdict,
    reason: `${parts.length} parts: ${words.join(', ')}`,
    parts: { join, counts, failed: failed.map(({ id }) => id) },
  };
}

function countVerdicts(verdicts: readonly Verdict[]): Counts {
  const count = (one: Verdict): number => verdicts.filter((verdict) => verdict === one).length;
  return {
    pass: count('pass'),
    fail: count('fail'),
    'not-applicable': count('not-applicable'),
    dynamic: count('dynamic'),
  };
}
