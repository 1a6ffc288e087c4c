/**
 * The known month as 2,886,000 single calls in a ledger of its own: how long loading takes, and how long the question
 * of its table then takes. `table` is what the question prints.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

import { createDemo, paperBlocks } from '../src/demo/demo.ts';
import { openLedger } from '../src/ledger/ledger.ts';
import type { Answer } from '../src/ledger/ledger.ts';
import { countText, shareText } from '../src/units/figures.ts';

const SEED = 'harborline';
const NOW_MS = Date.UTC(2026, 10, 25, 16);
const ASKED = 5;

export async function run(_options: { json: boolean } = { json: false }): Promise<Record<string, unknown>> {
  const path = mkdtempSync(join(tmpdir(), 'setpoint-paper-'));
  const demo = await createDemo({ seed: SEED, nowMs: NOW_MS, months: 1 });
  const month = demo.stories.paperMonth;
  const ledger = await openLedger({
    place: { kind: 'embedded', path },
    nowMs: () => NOW_MS,
    progress: () => ({ backlogFrames: 0, completeUntilMs: NOW_MS, trouble: '' }),
  });
  try {
    const startedMs = performance.now();
    let calls = 0;
    for (const block of paperBlocks({ ...demo, month })) {
      await ledger.importLines(block);
      calls += block.lines;
    }
    const loadSeconds = (performance.now() - startedMs) / 1_000;
    const askedMs: number[] = [];
    let answer: Answer | undefined;
    for (let time = 0; time < ASKED; time += 1) {
      const from = performance.now();
      answer = await ledger.ask({
        of: ['calls', 'averageInputTokens', 'share', 'cost'],
        by: ['workflow', 'team'],
        during: month,
        where: [],
        timeZone: 'UTC',
        simulated: 'exclude',
        limit: 5,
      });
      askedMs.push(performance.now() - from);
    }
    return {
      calls,
      loadSeconds: Number(loadSeconds.toFixed(1)),
      linesPerSecond: Math.round(calls / loadSeconds),
      firstAnswerMs: Math.round(askedMs[0] ?? 0),
      slowestAnswerMs: Math.round(Math.max(...askedMs)),
      machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
      node: process.version,
      runs: ASKED,
      table: answer === undefined ? '' : tableOf(answer),
    };
  } finally {
    await ledger.close();
    rmSync(path, { recursive: true, force: true });
  }
}

function tableOf({ rows, other, total }: Answer): string {
  const all = [
    ...rows.map(({ group, figures }) => ({ name: group.join(' · '), figures })),
    ...(other === null ? [] : [{ name: 'Everything else · Various', figures: other }]),
    { name: 'Total', figures: total },
  ];
  return all
    .map(
      ({ name, figures }) =>
        `${name.padEnd(32)} ${countText(figures.calls).padStart(10)} ${countText(figures.averageInputTokens).padStart(8)} ` +
        `${shareText(figures.share).padStart(5)} ${`$${countText(Number(figures.cost))}`.padStart(10)}`,
    )
    .join('\n');
}
