/** Ten thousand ways to tamper with the audit chain, each found: edits, deletions, swaps, cuts, forgeries, rehashing. */
import { createHash, randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { verifyChain } from './audit.ts';
import type { Anchor } from './audit.ts';
import { openRegistry } from './registry.ts';
import type { AuditTable } from './tables.ts';

const RUNS = 10_000;
const COLUMNS = ['at', 'actor', 'action', 'subject', 'detail', 'previous_hash', 'hash'] as const;
type Column = (typeof COLUMNS)[number];

/** A chain as decisions of every kind about keys and secrets make it. */
async function chain(): Promise<AuditTable[]> {
  let ms = Date.UTC(2026, 2, 1);
  const registry = await openRegistry({ file: ':memory:', nowMs: () => (ms += 1_000), randomBytes });
  const sealed = (text: string) => ({ key: 'f00d', dek: 'd', text });
  for (const name of ['ci', 'support', 'search']) {
    const { key } = await registry.keys.create({ name, scope: { models: ['gpt-*'] } }, 'ada');
    await registry.keys.rotate(key.id, 60_000, 'bob');
    await registry.secrets.set(
      { id: `provider/${name}/openai`, hint: 'abcd', seal: () => sealed(name) },
      'ada',
    );
    await registry.keys.revoke(key.id, 'ada');
  }
  await registry.secrets.rewrap({ under: 'beef', rewrap: (one) => ({ ...one.sealed, key: 'beef' }) }, 'ada');
  await registry.secrets.remove('provider/ci/openai', 'bob');
  const entries = await registry.audit({ afterSeq: 0, limit: 1_000 });
  await registry.close();
  let previous = '0'.repeat(64);
  return entries.map(({ detail, ...entry }) => {
    const line = { ...entry, detail: JSON.stringify(detail), previous_hash: previous };
    previous = entry.hash;
    return line;
  });
}

type Tampering =
  | { readonly kind: 'edit'; readonly at: number; readonly column: Column; readonly change: number }
  | {
      readonly kind: 'edit and rehash';
      readonly at: number;
      readonly column: Column;
      readonly change: number;
    }
  | { readonly kind: 'delete'; readonly at: number; readonly closed: boolean }
  | { readonly kind: 'swap'; readonly at: number; readonly other: number; readonly whole: boolean }
  | { readonly kind: 'truncate'; readonly keep: number }
  | { readonly kind: 'insert'; readonly at: number }
  | { readonly kind: 'rewrite from'; readonly at: number; readonly change: number };

function tamperings(lines: number): fc.Arbitrary<Tampering> {
  const at = fc.integer({ min: 1, max: lines });
  const column = fc.constantFrom(...COLUMNS);
  const change = fc.nat(10_000);
  return fc.oneof(
    fc.record({ kind: fc.constant('edit' as const), at, column, change }),
    fc.record({ kind: fc.constant('edit and rehash' as const), at, column, change }),
    fc.record({ kind: fc.constant('delete' as const), at, closed: fc.boolean() }),
    fc.record({ kind: fc.constant('swap' as const), at, other: at, whole: fc.boolean() }),
    fc.record({ kind: fc.constant('truncate' as const), keep: fc.integer({ min: 0, max: lines - 1 }) }),
    fc.record({ kind: fc.constant('insert' as const), at }),
    fc.record({ kind: fc.constant('rewrite from' as const), at, change }),
  );
}

class Chain {
  readonly #database = new DatabaseSync(':memory:');
  readonly #original: string;
  #select: StatementSync | undefined;

  constructor(lines: readonly AuditTable[]) {
    this.#database.exec(
      'create table audit (seq integer primary key, at text, actor text, action text, subject text, detail text, previous_hash text, hash text)',
    );
    for (const line of lines) this.#insert(line);
    this.#original = JSON.stringify(this.read());
  }

  read(): AuditTable[] {
    this.#select ??= this.#database.prepare('select * from audit order by seq');
    return this.#select.all() as unknown as AuditTable[];
  }

  /** @returns the lines after it, or undefined where it changed nothing; the chain is as before afterwards. */
  after(tampering: Tampering): AuditTable[] | undefined {
    this.#database.exec('begin');
    this.#apply(tampering);
    const after = this.read();
    this.#database.exec('rollback');
    return JSON.stringify(after) === this.#original ? undefined : after;
  }

  #apply(tampering: Tampering): void {
    switch (tampering.kind) {
      case 'edit':
        return this.#edit(tampering.at, tampering.column, tampering.change);
      case 'edit and rehash':
        this.#edit(tampering.at, tampering.column, tampering.change);
        return this.#rehash(tampering.at, tampering.at);
      case 'delete':
        this.#run('delete from audit where seq = ?', tampering.at);
        if (tampering.closed) this.#closeGap(tampering.at);
        return;
      case 'swap':
        return this.#swap(tampering.at, tampering.other, tampering.whole);
      case 'truncate':
        return this.#run('delete from audit where seq > ?', tampering.keep);
      case 'insert': {
        const line = this.read()[tampering.at - 1] as AuditTable;
        this.#openGap(tampering.at);
        this.#insert(line);
        return;
      }
      case 'rewrite from':
        this.#edit(tampering.at, 'actor', tampering.change);
        return this.#rehash(tampering.at, Infinity);
    }
  }

  /** One letter becomes another, or one is added. */
  #edit(seq: number, column: Column, change: number): void {
    const text = this.read()[seq - 1]?.[column] ?? '';
    const at = change % (text.length + 1);
    const letter = text[at] === 'x' ? 'y' : 'x';
    this.#run(
      `update audit set ${column} = ? where seq = ?`,
      text.slice(0, at) + letter + text.slice(at + 1),
      seq,
    );
  }

  #swap(one: number, other: number, whole: boolean): void {
    const lines = this.read();
    for (const [to, from] of [
      [one, other],
      [other, one],
    ] as const) {
      const line = lines[from - 1] as AuditTable;
      for (const column of COLUMNS)
        if (whole || (column !== 'hash' && column !== 'previous_hash'))
          this.#run(`update audit set ${column} = ? where seq = ?`, line[column], to);
    }
  }

  /** Makes the hashes right again, as somebody would who knows how they are made. */
  #rehash(from: number, to: number): void {
    let previous: string | undefined;
    for (const line of this.read().filter(({ seq }) => seq >= from && seq <= to)) {
      const { seq, at, actor, action, subject, detail } = line;
      const before = previous ?? line.previous_hash;
      const hash = createHash('sha256')
        .update(JSON.stringify([seq, at, actor, action, subject, detail, before]))
        .digest('hex');
      this.#run('update audit set previous_hash = ?, hash = ? where seq = ?', before, hash, seq);
      previous = hash;
    }
  }

  #closeGap(at: number): void {
    for (const { seq } of this.read().filter((line) => line.seq > at))
      this.#run('update audit set seq = ? where seq = ?', seq - 1, seq);
  }

  #openGap(at: number): void {
    for (const { seq } of this.read()
      .filter((line) => line.seq >= at)
      .toReversed())
      this.#run('update audit set seq = ? where seq = ?', seq + 1, seq);
  }

  #insert(line: AuditTable): void {
    const { seq, at, actor, action, subject, detail, previous_hash: previous, hash } = line;
    this.#run(
      'insert into audit values (?, ?, ?, ?, ?, ?, ?, ?)',
      seq,
      at,
      actor,
      action,
      subject,
      detail,
      previous,
      hash,
    );
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#database.prepare(sql).run(...values);
  }
}

describe('the audit chain', () => {
  it(`finds every one of ${RUNS} random tamperings by a head that was noted elsewhere`, async () => {
    const lines = await chain();
    const kept = new Chain(lines);
    const head: Anchor = { seq: lines.length, hash: lines.at(-1)?.hash ?? '' };
    expect(verifyChain(kept.read(), head)).toMatchObject({ kind: 'intact', entries: lines.length });
    const found = new Map<string, number>();
    fc.assert(
      fc.property(tamperings(lines.length), (tampering) => {
        const after = kept.after(tampering);
        fc.pre(after !== undefined);
        expect(verifyChain(after ?? [], head).kind).toBe('broken');
        found.set(tampering.kind, (found.get(tampering.kind) ?? 0) + 1);
      }),
      { numRuns: RUNS, maxSkipsPerRun: 100 },
    );
    expect([...found.values()].reduce((sum, count) => sum + count, 0)).toBe(RUNS);
    expect(found.size).toBe(7);
    expect(verifyChain(kept.read(), head).kind).toBe('intact'); // and nothing is found where nothing was done
  });

  it('control: without the noted head, a cut or a rewriting to the end is not found by the chain alone', async () => {
    const kept = new Chain(await chain());
    for (const tampering of [
      { kind: 'truncate', keep: 3 },
      { kind: 'rewrite from', at: 2, change: 1 },
    ] as const)
      expect(verifyChain(kept.after(tampering) ?? [], undefined).kind).toBe('intact');
  });
});
