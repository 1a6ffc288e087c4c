/** The house: its rooms in order, its doors, and the exceptions that are granted. Data; the rules read it. */

export interface Exception {
  readonly rule: string;
  readonly path: string;
  readonly reason: string;
}

export interface House {
  /** Data flows down this list; a room imports only rooms before it. */
  readonly rooms: readonly string[];
  /** Ways into a room beside `<room>/<room>.ts`; a path that ends in `/` opens every file of that folder. */
  readonly doors: ReadonlyArray<{ readonly path: string; readonly reason: string }>;
  /** Rooms and folders whose clock, randomness and settings are arguments. */
  readonly pure: readonly string[];
  readonly exceptions: readonly Exception[];
  /** The list of exceptions may only shrink: lower this number whenever it does. */
  readonly mostExceptions: number;
}

export const HOUSE: House = {
  rooms: [
    'units',
    'tables',
    'secrets',
    'prices',
    'rulebook',
    'budgets',
    'levers',
    'gateway',
    'ledger',
    'registry',
    'inform',
    'optimize',
    'operate',
    'simulator',
    'demo',
    'api',
    'roles',
    'cli',
    'web',
    'main.ts',
  ],
  doors: [
    {
      path: 'src/gateway/call.ts',
      reason: 'the leaf contract of what the gateway records; the ledger reads it as types',
    },
    {
      path: 'src/gateway/egress/',
      reason:
        'the one guard of what the program dials: settings are checked by it, control connects through it',
    },
    {
      path: 'src/rulebook/budget-rules.ts',
      reason: 'the leaf words of a budget; contract and command tree name them without loading a rulebook',
    },
    {
      path: 'src/tables/formats.ts',
      reason:
        'the leaf words of file formats; contract, command tree and web name them without loading a writer',
    },
    {
      path: 'src/ledger/question.ts',
      reason: 'the leaf words of a question; API and web ask without loading an engine',
    },
    {
      path: 'src/ledger/posting.ts',
      reason: 'the leaf words of lines that no gateway wrote; inform makes them, control posts them',
    },
    ...[
      'annotations',
      'attribution',
      'invoices',
      'focus',
      'telemetry',
      'anomalies',
      'budgets',
      'composition',
    ].map((part) => ({
      path: `src/inform/${part}/${part}.ts`,
      reason: 'inform has eight parts that share nothing; each is entered by its own door',
    })),
    {
      path: 'src/operate/forecast/forecast.ts',
      reason: 'the forecast is pure but for the reader it is given; operate itself reads files and settings',
    },
    {
      path: 'src/operate/forecast/scenario.ts',
      reason: 'the leaf maths of a scenario: contract and browser work one out without loading a forecaster',
    },
    {
      path: 'src/operate/forecast/spread.ts',
      reason: 'how far a scenario may be off: the browser draws it as a slider moves',
    },
    {
      path: 'src/operate/forecast/series/series.ts',
      reason:
        'the statistics of one series, numbers in and numbers out; benches and scenarios enter it alone',
    },
    { path: 'src/api/contract.ts', reason: 'the leaf contract that CLI and web are skins over' },
    {
      path: 'src/api/contract/',
      reason: 'its topics, one leaf per topic, so that a skin loads only the words it needs',
    },
    { path: 'src/api/client.ts', reason: 'the typed client of that contract, which runs in browsers too' },
    {
      path: 'src/roles/control.ts',
      reason: 'one process role: main.ts loads only the role that this process plays',
    },
    { path: 'src/roles/gateway-worker.ts', reason: 'one process role' },
    { path: 'src/roles/follower.ts', reason: 'one process role' },
    { path: 'src/roles/ledger.ts', reason: 'one process role' },
    { path: 'src/roles/drain.ts', reason: 'one process role' },
    { path: 'src/roles/simulator.ts', reason: 'one process role' },
    { path: 'src/roles/up.ts', reason: 'one process role' },
    { path: 'src/roles/log.ts', reason: 'how every process writes its lines; made in main.ts' },
    {
      path: 'src/roles/supervisor-file.ts',
      reason: 'where a command line finds the supervisor of this machine',
    },
    { path: 'src/roles/places.ts', reason: 'where the roles keep their data and meet' },
  ],
  pure: [
    'src/units',
    'src/secrets',
    'src/prices',
    'src/rulebook',
    'src/budgets',
    'src/levers',
    'src/demo',
    'src/inform/annotations',
    'src/inform/anomalies',
    'src/inform/composition',
    'src/optimize/gate',
    'src/operate/forecast',
  ],
  exceptions: [
    {
      rule: 'pure rooms take clock, randomness and settings as arguments',
      path: 'src/units/ids.ts',
      reason:
        'an id that could be guessed would be no id; its clock is an argument, its random bits come from the system',
    },
  ],
  mostExceptions: 1,
};
