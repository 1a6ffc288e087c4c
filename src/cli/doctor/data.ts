/** The doctor on the data directory: rights, space, decisions, rulebook, journals, locks, clock. Changes nothing in it. */
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';

import { inspectJournals } from '../../ledger/ledger.ts';
import { dataFiles, readRulebook, refuseUnfinishedRestore } from '../../operate/operate.ts';
import type { Settings } from '../../operate/operate.ts';
import { readSupervisorFile } from '../../roles/supervisor-file.ts';
import { bytesText } from '../../units/figures.ts';
import type { Command } from '../surroundings.ts';
import { fine } from './finding.ts';
import type { Finding } from './finding.ts';

export async function examineData(command: Command, settings: Settings): Promise<Finding[]> {
  const directory = settings.data;
  const place = placeFinding(directory);
  if (place !== undefined) return [place];
  const nowMs = command.around.nowMs();
  const findings = [...spaceFindings(directory), ...restoreFindings(directory)];
  if (!existsSync(dataFiles(directory).registry) && !existsSync(dataFiles(directory).rulebook))
    return [fine('data', `${directory} (nothing kept yet)`), ...findings];
  const decided =
    settings.registry === undefined
      ? await decisionFindings(command, directory)
      : { findings: [fine('data', directory)], lastMs: undefined }; // decisions are in PostgreSQL
  const running = readSupervisorFile(directory, nowMs) !== undefined;
  return [
    ...decided.findings,
    ...findings,
    ...rightsFindings(directory),
    ...rulebookFindings(directory, decided.lastMs),
    ...(await journalFindings(directory, nowMs, running)),
    ...clockFindings(directory, nowMs, decided.lastMs),
  ];
}

function placeFinding(directory: string): Finding | undefined {
  let there = directory;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  try {
    accessSync(there, constants.W_OK);
    return undefined;
  } catch {
    return {
      check: 'data',
      state: 'failure',
      detail: `${there} cannot be written`,
      money: 'What cannot be recorded is not sent: every call would be refused and cost nothing.',
      fix: 'Give this user the right to write there, or set data to another directory.',
    };
  }
}

/** The rulebook holds credentials, the registry digests of keys. */
function rightsFindings(directory: string): Finding[] {
  const open = (statSync(directory).mode & 0o077) !== 0;
  if (!open || process.platform === 'win32') return [];
  return [
    {
      check: 'rights',
      state: 'warning',
      detail: `${directory} can be entered by other users of this machine`,
      money: 'Who reads the rulebook there can spend with your providers’ credentials.',
      fix: `chmod 700 ${directory}`,
    },
  ];
}

const LEAST_FREE_BYTES = 1_000_000_000;

function spaceFindings(directory: string): Finding[] {
  let there = directory;
  while (!existsSync(there)) there = dirname(there);
  const { bavail, bsize } = statfsSync(there);
  const free = bavail * bsize;
  if (free >= LEAST_FREE_BYTES) return [fine('space', `${bytesText(free)} free`)];
  return [
    {
      check: 'space',
      state: 'failure',
      detail: `only ${bytesText(free)} free where the data are`,
      money: 'When none is left, new calls are refused and cost nothing; calls under way are still recorded.',
      fix: 'Free space, or put the data on a larger disk.',
    },
  ];
}

function restoreFindings(directory: string): Finding[] {
  try {
    refuseUnfinishedRestore(directory);
    return [];
  } catch (error) {
    return [
      {
        check: 'restore',
        state: 'failure',
        detail: error instanceof Error ? error.message : String(error),
        money: 'Sums of this directory would not be whole, so nothing starts with it.',
        fix: 'Remove it and restore again.',
      },
    ];
  }
}

interface Decided {
  readonly findings: readonly Finding[];
  /** When the last decision was taken that rulebooks follow from; undefined: none. */
  readonly lastMs: number | undefined;
}

/** On a copy: opening the registry itself would upgrade it, and looking must change nothing. */
async function decisionFindings(command: Command, directory: string): Promise<Decided> {
  const copy = mkdtempSync(join(tmpdir(), 'setpoint-doctor-'));
  try {
    for (const name of readdirSync(directory))
      if (/^registry\.sqlite(-wal)?$/.test(name)) cpSync(join(directory, name), join(copy, name));
    const { openRegistry } = await import('../../registry/registry.ts');
    const file = dataFiles(copy).registry;
    const registry = await openRegistry({ file, nowMs: command.around.nowMs, randomBytes });
    try {
      const verdict = await registry.verifyAudit();
      if (verdict.kind === 'broken') return { findings: [brokenAudit(verdict)], lastMs: undefined };
      const lines = await registry.audit({
        afterSeq: Math.max(0, verdict.entries - LAST_DECISIONS),
        limit: LAST_DECISIONS,
      });
      const last = lines.findLast(({ action }) => /^(key|price|attribution)\./.test(action));
      const detail = `${directory}, registry level ${registry.level}, audit chain of ${verdict.entries} intact`;
      return { findings: [fine('data', detail)], lastMs: last && Date.parse(last.at) };
    } finally {
      await registry.close();
    }
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return { findings: [unreadable(words)], lastMs: undefined };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

const LAST_DECISIONS = 500;

function brokenAudit({ seq, reason }: { readonly seq: number; readonly reason: string }): Finding {
  return {
    check: 'data',
    state: 'failure',
    detail: `the audit chain is broken at ${seq}: ${reason}`,
    money: 'Keys, prices or closed months may not be what people decided.',
    fix: 'Someone changed the registry beside Setpoint. Compare it with a backup.',
  };
}

function unreadable(words: string): Finding {
  return {
    check: 'data',
    state: 'failure',
    detail: `the registry cannot be read: ${words}`,
    money: 'Gateways serve by the last rulebook; no decision can be taken.',
    fix: 'Run the version that wrote it, or restore a backup.',
  };
}

/** Publishing follows a decision within a second. */
const PUBLISHED_WITHIN_MS = 10_000;

function rulebookFindings(directory: string, decidedMs: number | undefined): Finding[] {
  const check = 'rulebook';
  try {
    const rulebook = readRulebook(dataFiles(directory).rulebook);
    if (rulebook === undefined)
      return [
        {
          check,
          state: 'warning',
          detail: 'none was published yet',
          money: 'Gateways cannot serve before.',
          fix: 'Start "setpoint up", or "setpoint control" once.',
        },
      ];
    const { version, publishedAtMs } = rulebook;
    const words = `version ${version} of ${new Date(publishedAtMs).toISOString()}`;
    if (decidedMs === undefined || decidedMs <= publishedAtMs + PUBLISHED_WITHIN_MS)
      return [fine(check, words)];
    return [
      {
        check,
        state: 'warning',
        detail: `${words} is older than the last decision, of ${new Date(decidedMs).toISOString()}`,
        money:
          'Gateways obey what held before: a revoked key may still be served, a new price is not in costs yet.',
        fix: 'Start control; it publishes the next rulebook. If it runs, its log says why it cannot.',
      },
    ];
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return [
      {
        check,
        state: 'failure',
        detail,
        money: 'Gateways that start now cannot serve.',
        fix: 'Remove the file and start control, which writes it anew.',
      },
    ];
  }
}

async function journalFindings(directory: string, nowMs: number, running: boolean): Promise<Finding[]> {
  const files = dataFiles(directory);
  const { journals, locks } = await inspectJournals({ root: files.journals, drainState: files.drain, nowMs });
  const waiting = journals.reduce((sum, one) => sum + one.waitingFrames, 0);
  const bytes = journals.reduce((sum, one) => sum + one.bytes, 0);
  const words = `${journals.length} journals, ${bytesText(bytes)}; ${waiting} frames wait for the ledger`;
  const findings: Finding[] = [
    running || waiting === 0
      ? fine('journals', words)
      : {
          check: 'journals',
          state: 'warning',
          detail: words,
          money: 'Their calls are not in figures yet. None is lost.',
          fix: 'Start "setpoint up", or "setpoint control"; they are moved by themselves.',
        },
  ];
  const lost = journals.reduce((sum, one) => sum + one.missingFrames, 0);
  if (lost > 0)
    findings.push({
      check: 'damage',
      state: 'failure',
      detail: `a damaged disk took ${lost} frames; what is left of their journals is kept in ${files.journals}`,
      money: 'Their calls are in no sum.',
      fix: 'Compare with the provider’s invoice ("setpoint invoice reconcile"), and look at the disk.',
    });
  const kept = journals.flatMap((one) => one.kept);
  if (kept.length > 0)
    findings.push({
      check: 'damage kept',
      state: 'warning',
      detail: `recovery cut frames that it could not trust and kept them: ${kept.join(', ')}`,
      money: 'Their calls are charged as presumed where their intents could be read.',
      fix: 'Compare with the provider’s invoice; then remove the files.',
    });
  return [...findings, ...lockFindings(locks, running)];
}

function lockFindings(
  locks: Awaited<ReturnType<typeof inspectJournals>>['locks'],
  running: boolean,
): Finding[] {
  const stale = locks.filter(({ alive }) => !alive);
  const alive = locks.filter((lock) => lock.alive);
  const named = (some: typeof locks): string =>
    some.map(({ name, pid }) => `${name} (process ${pid})`).join(', ');
  if (!running && alive.length > 0)
    return [
      {
        check: 'locks',
        state: 'warning',
        detail: `no supervisor runs here, but ${named(alive)} still hold their places`,
        money: 'They finish calls under way, which are recorded.',
        fix: 'Wait for their end before you restore, move or remove anything.',
      },
    ];
  if (stale.length === 0) return [fine('locks', `${alive.length} held by living processes`)];
  return [
    {
      check: 'locks',
      state: running ? 'ok' : 'warning',
      detail: `${named(stale)} ended without giving back`,
      money: 'What they had under way is charged as presumed when they are recovered.',
      fix: running ? '' : 'Nothing to do: the next start takes them over.',
    },
  ];
}

const CLOCK_SLACK_MS = 5 * 60_000;
/** No installation is older than the program. */
const EARLIEST_MS = Date.UTC(2026, 0, 1);

/** Journals, decisions and files were written by this machine's clock: they cannot be younger than now. */
function clockFindings(directory: string, nowMs: number, decidedMs: number | undefined): Finding[] {
  const { journals } = dataFiles(directory);
  const newest = Math.max(
    decidedMs ?? 0,
    ...[directory, journals].flatMap((place) =>
      existsSync(place) ? readdirSync(place).map((name) => mtimeOf(join(place, name))) : [],
    ),
  );
  const back = newest - nowMs;
  if (back <= CLOCK_SLACK_MS && nowMs >= EARLIEST_MS) return [fine('clock', new Date(nowMs).toISOString())];
  const detail =
    nowMs < EARLIEST_MS
      ? `it says ${new Date(nowMs).toISOString()}, which cannot be`
      : `it went back: something here was written at ${new Date(newest).toISOString()}, and it says ${new Date(nowMs).toISOString()}`;
  return [
    {
      check: 'clock',
      state: 'failure',
      detail,
      money:
        'No call is lost or doubled, but calls are booked on wrong days, and keys and prices hold at wrong times.',
      fix: 'Set the clock (NTP), then start again.',
    },
  ];
}

function mtimeOf(file: string): number {
  try {
    return statSync(file).mtimeMs;
  } catch {
    return 0; // removed in this moment
  }
}
