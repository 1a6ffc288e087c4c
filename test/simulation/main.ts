/** `npm run simulate -- --seed N` replays one seed; `--seeds FROM..TO` runs many. Exit 1 when one of them does not add up. */
import { parseArgs } from 'node:util';

import { simulate } from './simulate.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    json: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
  },
});

const [from = 1, to = from] =
  values.seed === undefined
    ? (values.seeds ?? '1..200').split('..').map(Number)
    : [Number(values.seed), Number(values.seed)];
if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || to < from) {
  process.stderr.write('usage: npm run simulate -- --seed N | --seeds FROM..TO [--json] [--trace]\n');
  process.exit(2);
}

const sums = { seeds: 0, failed: 0, attempts: 0, refused: 0, kills: 0, virtualHours: 0 };
for (let seed = from; seed <= to; seed += 1) {
  const outcome = await simulate(
    seed,
    {},
    values.trace ? (line) => process.stdout.write(`${line}\n`) : undefined,
  );
  sums.seeds += 1;
  sums.attempts += outcome.attempts;
  sums.refused += outcome.refused;
  sums.kills += outcome.kills;
  sums.virtualHours += outcome.virtualMs / 3_600_000;
  if (outcome.faults.length > 0) sums.failed += 1;
  if (values.seed !== undefined)
    process.stdout.write(
      `seed ${seed}: ${outcome.digest}, ${outcome.attempts} attempts, ${outcome.refused} refused, ${outcome.kills} kills\n`,
    );
  for (const fault of outcome.faults) process.stdout.write(`seed ${seed}: ${fault}\n`);
}
process.stdout.write(
  values.json
    ? `${JSON.stringify(sums)}\n`
    : `${sums.seeds} seeds, ${sums.failed} failed; ${sums.attempts} attempts, ${sums.refused} refused, ${sums.kills} kills, ${sums.virtualHours.toFixed(1)} virtual hours\n`,
);
process.exitCode = sums.failed === 0 ? 0 : 1;
