/**
 * Runs rules over a file: once over its rows, with memory that does not grow with them, and a verdict for every rule.
 */
import { compileRules } from './compile.ts';
import type { CompiledRule } from './compile.ts';
import type { Model } from './model.ts';
import { report } from './report.ts';
import type { CheckReport, Offence, Tally } from './report.ts';
import { TableUnreadable } from '../../tables/tables.ts';
import type { Column, Row, Table } from '../../tables/tables.ts';

/** Offending rows that a rule remembers. */
const OFFENCES_KEPT = 5;
/** Different values that one rule of distinct counts can hold. */
const MOST_DISTINCT = 2_000_000;

/**
 * Checks a table against some sets of rules in one pass.
 * `supported` holds the criteria of applicability that the provider of the data answers with yes.
 * @throws TableUnreadable, ModelError
 */
export async function checkTable(
  table: Table,
  models: readonly Model[],
  supported: ReadonlySet<string>,
): Promise<CheckReport> {
  const sets = models.map((model) => compileRules(model, table.columns, supported));
  const runs = sets.map((set) => set.map((compiled) => createRun(compiled, table.columns)));
  const active = runs.flat().filter(({ look }) => look !== undefined);
  const notes = new ColumnNotes(table.columns);
  let rows = 0;
  for await (const batch of table.batches) {
    for (const row of batch) {
      rows += 1;
      for (const run of active) run.look?.(row, rows);
      notes.look(row);
    }
  }
  return report({
    rows,
    columns: table.columns,
    supported,
    sets: models.map((model, at) => ({
      model,
      rules: sets[at] ?? [],
      tallies: (runs[at] ?? []).map(({ end }) => end()),
    })),
    notes: notes.words(rows),
  });
}

interface Run {
  /** Undefined: no row can change the verdict. */
  readonly look: ((row: Row, number: number) => void) | undefined;
  readonly end: () => Tally;
}

function createRun(compiled: CompiledRule, columns: readonly Column[]): Run {
  const { asked, unanswered, absent } = compiled;
  const idle = { look: undefined, end: () => ({ checked: 0, failed: 0, first: [] }) };
  if (unanswered !== null || absent.length > 0) return idle;
  if (asked.kind === 'rows') return runOfRows(compiled, asked, columns);
  if (asked.kind === 'distinct') return runOfDistinct(compiled, asked, columns);
  return idle;
}

type AskedOf<Kind extends CompiledRule['asked']['kind']> = Extract<
  CompiledRule['asked'],
  { readonly kind: Kind }
>;

function runOfRows({ about }: CompiledRule, asked: AskedOf<'rows'>, columns: readonly Column[]): Run {
  const { test } = asked;
  const first: Offence[] = [];
  let checked = 0;
  let failed = 0;
  return {
    look(row, number) {
      if (about !== undefined && !about(row)) return;
      checked += 1;
      if (test(row)) return;
      failed += 1;
      if (first.length < OFFENCES_KEPT)
        first.push({ row: number, values: valuesOf(row, asked.columns, columns) });
    },
    end: () => ({ checked, failed, first }),
  };
}

function runOfDistinct(
  { rule, about }: CompiledRule,
  asked: AskedOf<'distinct'>,
  columns: readonly Column[],
): Run {
  const of = columns.findIndex(({ name }) => name === asked.of);
  const counted = columns.findIndex(({ name }) => name === asked.counted);
  const seen = new Map<string, { readonly values: Set<string>; readonly row: number; last: Row }>();
  let checked = 0;
  return {
    look(row, number) {
      const key = row[of] ?? null;
      if (key === null || (about !== undefined && !about(row))) return;
      checked += 1;
      const known = seen.get(key) ?? { values: new Set<string>(), row: number, last: row };
      if (known.values.size === 0) seen.set(key, known);
      const value = row[counted] ?? null;
      if (value === null || known.values.size > asked.expected || known.values.has(value)) return;
      known.values.add(value);
      known.last = row;
      if (seen.size > MOST_DISTINCT)
        throw new TableUnreadable(
          `${asked.of} has more than ${MOST_DISTINCT} different values, more than rule ${rule.id} can be checked for. Check the file in parts, for example one day at a time.`,
        );
    },
    end() {
      const wrong = [...seen.values()].filter(({ values }) => values.size !== asked.expected);
      const first = wrong
        .slice(0, OFFENCES_KEPT)
        .map(({ row, last }) => ({ row, values: valuesOf(last, asked.columns, columns) }));
      return { checked, failed: wrong.length, first };
    },
  };
}

function valuesOf(row: Row, names: readonly string[], columns: readonly Column[]): Offence['values'] {
  return Object.fromEntries(
    names.map((name) => [name, row[columns.findIndex((column) => column.name === name)] ?? null]),
  );
}

/** What is no fault by FOCUS and still bites other readers of the file. */
class ColumnNotes {
  readonly #columns: readonly Column[];
  /** Text columns in which every value so far is a whole number without a point. */
  readonly #whole: Set<number>;
  readonly #filled = new Set<number>();

  constructor(columns: readonly Column[]) {
    this.#columns = columns;
    const amounts = columns.map(({ name, kind }, at) => ({ name, kind, at }));
    this.#whole = new Set(
      amounts
        .filter(({ name, kind }) => kind === 'text' && /(Cost|Price|Quantity)$/.test(name))
        .map(({ at }) => at),
    );
  }

  look(row: Row): void {
    for (const at of this.#whole) {
      const value = row[at] ?? null;
      if (value === null) continue;
      this.#filled.add(at);
      if (!/^-?\d+$/.test(value)) this.#whole.delete(at);
    }
  }

  words(rows: number): readonly string[] {
    const whole = this.#columns.filter((_, at) => this.#whole.has(at) && this.#filled.has(at));
    const floats = this.#columns.filter(({ kind }) => kind === 'float');
    return [
      ...(rows === 0 ? ['The file has no rows: rules about rows had nothing to judge.'] : []),
      ...whole.map(
        ({ name }) =>
          `${name} holds whole numbers only, without a point. That is a decimal here; readers that infer types take it for an integer. Write 3.0 for 3.`,
      ),
      ...floats.map(
        ({ name }) =>
          `${name} is stored as a float. Its values were read at the shortest decimal that means them; digits that the float lost before cannot be checked. Store it as DECIMAL.`,
      ),
    ];
  }
}
