/**
 * The n-th file operation of anything fails, for every n: what SQLite's I/O error tests do. The functions of `node:fs`
 * themselves are replaced while the work runs, so nothing escapes by another road; every one of them counts.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const SYNC = [
  'closeSync',
  'fdatasyncSync',
  'fstatSync',
  'fsyncSync',
  'ftruncateSync',
  'linkSync',
  'mkdirSync',
  'openSync',
  'readdirSync',
  'readFileSync',
  'readSync',
  'renameSync',
  'rmSync',
  'statSync',
  'writeFileSync',
  'writeSync',
] as const;
const ASYNC = [
  'open',
  'readFile',
  'readdir',
  'rename',
  'rm',
  'stat',
  'writeFile',
  'mkdir',
  'unlink',
] as const;
const HANDLE = [
  'write',
  'writeFile',
  'appendFile',
  'sync',
  'datasync',
  'read',
  'readFile',
  'stat',
  'truncate',
] as const;

type Table = Record<string, (...parameters: unknown[]) => unknown>;

export interface FailingCalls {
  /** Operations so far. */
  count(): number;
  restore(): void;
}

/** @param fails asked at every operation, which have numbers from 1. */
export function failCalls(fails: (operation: number, name: string) => boolean): FailingCalls {
  let count = 0;
  const undo: Array<() => void> = [];
  const guard = (
    table: Table,
    names: readonly string[],
    wrap = (result: unknown): unknown => result,
  ): void => {
    for (const name of names) {
      const original = table[name];
      if (original === undefined) continue;
      const isOwn = Object.hasOwn(table, name);
      table[name] = function (this: unknown, ...parameters: unknown[]): unknown {
        count += 1;
        if (fails(count, name)) {
          const error = Object.assign(new Error(`${name} failed, as asked`), { code: 'EIO' });
          if (table === (fs as unknown as Table)) throw error;
          return Promise.reject(error);
        }
        return wrap(original.apply(this, parameters));
      };
      undo.push(() => {
        if (isOwn) table[name] = original;
        else delete table[name];
      });
    }
  };
  const guardHandle = (opened: unknown): unknown =>
    (opened as Promise<unknown>).then((handle) => {
      guard(handle as Table, HANDLE);
      return handle;
    });
  guard(fs as unknown as Table, SYNC);
  guard(
    fs.promises as unknown as Table,
    ASYNC.filter((name) => name !== 'open'),
  );
  guard(fs.promises as unknown as Table, ['open'], guardHandle);
  syncBuiltinESMExports();
  return {
    count: () => count,
    restore() {
      for (const back of undo) back();
      syncBuiltinESMExports();
    },
  };
}
