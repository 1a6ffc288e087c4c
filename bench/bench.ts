/** `npm run bench -- <name> [--json]`: every figure that the documents state comes out of one of these. */
const BENCHES: Readonly<
  Record<
    string,
    () => Promise<{ run(options: { json: boolean; keep: boolean }): Promise<Record<string, unknown>> }>
  >
> = {
  overhead: () => import('./overhead.ts'),
  composition: () => import('./composition.ts'),
  failover: () => import('./failover.ts'),
  ingest: () => import('./ingest.ts'),
  'store-stopped': () => import('./store-stopped.ts'),
  questions: () => import('./questions.ts'),
  paper: () => import('./paper.ts'),
  budgets: () => import('./budgets.ts'),
  forecast: () => import('./forecast.ts'),
  web: () => import('./web.ts'),
};

const words = process.argv.slice(2);
const json = words.includes('--json');
const name = words.find((word) => !word.startsWith('-')) ?? '';
const load = BENCHES[name];
if (load === undefined) {
  process.stderr.write(
    `usage: npm run bench -- <name> [--json]\nbenches: ${Object.keys(BENCHES).join(', ')}\n`,
  );
  process.exitCode = 2;
} else {
  const { table, ...figures } = await (await load()).run({ json, keep: words.includes('--keep') });
  if (json) process.stdout.write(`${JSON.stringify(figures)}\n`);
  else {
    for (const [key, value] of Object.entries(figures))
      process.stdout.write(
        `${key.padEnd(34)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}\n`,
      );
    if (typeof table === 'string') process.stdout.write(`\n${table}\n`);
  }
}
