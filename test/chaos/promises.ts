/**
 * The promises of the product, each with the tests that keep it: the short form runs in `npm test`, the long one in
 * `npm run chaos`, and a control shows that the test fails when the protection is gone. `promises.test.ts` checks that
 * every test that is named here exists; `docs/promises.md` is written from this table.
 */

export interface Proof {
  readonly file: string;
  /** Part of the test's own title, as it stands in the file. */
  readonly title: string;
}

export interface Kept {
  readonly number: number;
  readonly promise: string;
  readonly short: readonly Proof[];
  readonly long: readonly Proof[];
  readonly controls: readonly Proof[];
  /** What is not proved yet, or not by a machine. Empty: nothing is left. */
  readonly open: string;
}

const proof = (file: string, title: string): Proof => ({ file, title });
const chaos = (file: string, title: string): Proof => proof(`test/chaos/${file}`, title);
const long = (file: string, title: string): Proof => proof(`test/chaos/long/${file}`, title);

export const PROMISES: readonly Kept[] = [
  {
    number: 1,
    promise: 'No call that a client saw end is lost, whatever process is killed.',
    short: [
      chaos('kills.test.ts', 'of gateways, ledger and control under load lose and double nothing'),
      chaos('journal-kill.test.ts', 'forty processes killed at random moments lose no acknowledged call'),
      proof('test/e2e/stopping.test.ts', 'a stream outlives the %s, and its line reaches the ledger'),
    ],
    long: [
      long('kills.chaos.ts', 'round %d: fifty kills'),
      long('kills.chaos.ts', 'processes that die at %s again and again'),
    ],
    controls: [
      chaos('kills.test.ts', 'finds %s'),
      chaos('journal-kill.test.ts', 'control: acknowledging before recording loses a call'),
    ],
    open: '',
  },
  {
    number: 2,
    promise: 'No call is counted twice.',
    short: [
      chaos('kills.test.ts', 'of gateways, ledger and control under load lose and double nothing'),
      chaos(
        'drain-exactly-once.test.ts',
        'any interleaving of records, restarts, crashes and failing inserts',
      ),
      chaos(
        'drain-kill.test.ts',
        'a drain process killed at %s and started again moves each line exactly once',
      ),
    ],
    long: [long('kills.chaos.ts', 'round %d: fifty kills')],
    controls: [
      chaos(
        'drain-exactly-once.test.ts',
        'control: a batch that is cut anew under its old token loses lines',
      ),
      chaos('drain-exactly-once.test.ts', 'control: without tokens and comparison a retry doubles lines'),
    ],
    open: '',
  },
  {
    number: 3,
    promise:
      'The ledger equals the provider’s own book, to the picodollar; what is counted or presumed says so.',
    short: [
      chaos('equality.test.ts', 'with aborts, retries, errors, resets and answers without usage'),
      chaos('equality.test.ts', 'with streams cut at every thirteenth byte'),
      chaos('equality.test.ts', 'with upstreams that hang, settled when their time is up'),
    ],
    long: [
      long('equality.chaos.ts', 'over 20,000 calls with aborts, retries, errors, resets'),
      long('equality.chaos.ts', 'over streams cut at every byte'),
    ],
    controls: [
      chaos('equality.test.ts', 'control: where an upstream is cancelled when its client leaves'),
      chaos('kills.test.ts', 'finds %s'),
    ],
    open: '20,000 calls in the long form, not 100,000; nothing asks for hedges yet.',
  },
  {
    number: 4,
    promise:
      'A power cut takes nothing acknowledged (durability: strict), or only the tail not yet synced (default); it never leaves a hole.',
    short: [
      chaos('strict-power.test.ts', 'strict: no power cut takes a call that its client saw end'),
      chaos('strict-power.test.ts', 'strict: where fdatasync fails, calls are refused with 503'),
      chaos('journal-disk.test.ts', 'a power cut after any operation takes only what was not promised'),
      chaos('journal-damage.test.ts', 'any single flipped bit is noticed'),
    ],
    long: [],
    controls: [
      chaos(
        'strict-power.test.ts',
        'control: with strict off a power cut takes calls that their clients saw end',
      ),
      chaos(
        'strict-power.test.ts',
        'control: strict with an fdatasync that returns before the disk has the data',
      ),
      chaos(
        'journal-disk.test.ts',
        'control: without syncing the directory a power cut takes promised calls',
      ),
    ],
    open: 'Power cuts are played on a model of the file system; no machine was unplugged.',
  },
  {
    number: 5,
    promise: 'A full or failing disk stops new calls within a second, loses nothing, and ends by itself.',
    short: [
      chaos(
        'disk-full.test.ts',
        'a disk that fills up refuses calls with 503 at once and takes them again by itself',
      ),
      chaos('journal-disk.test.ts', 'at the n-th operation nothing acknowledged is lost, for every n'),
      chaos('drain-disk.test.ts', 'a drain, each operation of which fails once'),
      chaos('drain-disk.test.ts', 'a recovery, each operation of which fails once'),
    ],
    long: [],
    controls: [
      chaos(
        'drain-disk.test.ts',
        'control: without tokens and comparison some failing operation doubles lines',
      ),
      chaos(
        'disk-full.test.ts',
        'control: a recorder that swallows a full disk sends calls that nobody records',
      ),
    ],
    open: '',
  },
  {
    number: 6,
    promise: 'While the store is down calls are served and spooled; it catches up by itself.',
    short: [
      proof('test/chaos/drain-exactly-once.test.ts', 'while the store is down completeness stands still'),
      proof('test/simulation/simulation.test.ts', 'adds up for'),
    ],
    long: [],
    controls: [
      proof(
        'test/chaos/drain-exactly-once.test.ts',
        'control: a token that the store has forgotten doubles lines',
      ),
      proof('test/chaos/drain-server.test.ts', 'control: without tokens and comparison, lines of a server'),
    ],
    open: 'The p99 of the gateway and the speed of catching up are measured, not asserted: `npm run bench -- store-stopped`.',
  },
  {
    number: 7,
    promise: 'A hard budget is never exceeded.',
    short: [
      proof('test/simulation/simulation.test.ts', 'adds up for'),
      proof('bench/budgets.test.ts', 'is not overrun, though a worker is killed while it holds some of it'),
      proof(
        'test/e2e/budgets-gateway.test.ts',
        'never pass the cap, and use it up by waiting for each other',
      ),
      proof('src/gateway/stages/bound.test.ts', 'whatever is billed within its tokens costs no more'),
      proof(
        'test/e2e/budgets-ends.test.ts',
        'holds over all workers, and over the end of control and of a worker',
      ),
    ],
    long: [],
    controls: [
      proof('test/simulation/simulation.test.ts', 'calls that reserve nothing'),
      proof('bench/budgets.test.ts', 'is overrun by workers that look first and add afterwards'),
      proof('test/e2e/budgets-gateway.test.ts', 'pass it where nothing is reserved (control)'),
    ],
    open: 'What has no bound (files, searches by the provider) is refused, or bounded only by what the budget says of such calls.',
  },
  {
    number: 8,
    promise: 'No phantom spend: what is reserved is free again after quiet.',
    short: [
      proof('test/chaos/kills.test.ts', 'of gateways, ledger and control under load lose and double nothing'),
      proof('test/simulation/simulation.test.ts', 'adds up for'),
      proof('src/budgets/budgets.test.ts', 'a hard budget is not overrun, nothing leaks'),
      proof('src/roles/budget-keeper.test.ts', 'at rest nothing is held and the counter equals the ledger'),
      chaos('budget-other-host.test.ts', 'counts as spent until its lines are in the ledger, then is free'),
      proof('test/e2e/two-hosts.test.ts', 'are in the ledger as the provider has them, kills included'),
    ],
    long: [proof('test/chaos/long/kills.chaos.ts', 'round %d: fifty kills')],
    controls: [
      proof('test/simulation/simulation.test.ts', 'books that wait for nobody'),
      proof(
        'src/roles/budget-keeper.test.ts',
        'a control that does not tell journals apart counts lines twice',
      ),
      chaos('budget-other-host.test.ts', 'control: where the drain tells nobody it counts as spent for ever'),
    ],
    open: 'What was held stays presumed, the safe side, where a damaged disk of a host without control took frames of the journal.',
  },
  {
    number: 9,
    promise: 'The loss of the budget authority is survived as each budget says.',
    short: [
      proof('src/budgets/budgets.test.ts', 'without the authority, %s'),
      proof('test/e2e/budgets-gateway.test.ts', 'without its authority, %s'),
      proof('test/chaos/budget-redis.test.ts', 'knows nothing after FLUSHALL'),
      proof('test/chaos/budget-redis.test.ts', 'does not believe a copy from another life'),
      proof('test/chaos/budget-redis.test.ts', 'is based once by eight at a time'),
      chaos('budget-other-host.test.ts', 'is waited for when Redis forgot everything, cut off as it is'),
      chaos('budget-other-host.test.ts', 'is waited for after its death too'),
      chaos('budget-other-host.test.ts', 'has the time of a lease to be heard'),
    ],
    long: [],
    controls: [
      chaos('budget-other-host.test.ts', 'control: where nobody is remembered'),
      proof('src/roles/budget-keeper.test.ts', 'a control without waiting for the drain loses lines'),
      proof('test/simulation/simulation.test.ts', 'books that wait for nobody'),
    ],
    open: 'A failover of Redis to a real replica was not run. Where Redis and control are lost in one moment, another host that stays cut off for three seconds, or whose worker died then, is not waited for.',
  },
  {
    number: 10,
    promise: 'No tenant gets another’s cached answer.',
    short: [],
    long: [],
    controls: [],
    open: 'There is no cache yet.',
  },
  {
    number: 11,
    promise: 'Slow and hostile peers harm nobody else; every hang is settled.',
    short: [
      chaos('slow-peers.test.ts', 'slow %s leave others served'),
      chaos('slow-peers.test.ts', 'hung upstreams are settled when their time is up'),
      proof('test/regression/request-path.test.ts', 'that never read are cut, and their line is written'),
    ],
    long: [long('slow-peers.chaos.ts', 'a thousand slow %s')],
    controls: [chaos('slow-peers.test.ts', 'control: without its limits a hung upstream is never settled')],
    open: '',
  },
  {
    number: 12,
    promise: 'A reload fails no request and cuts no stream.',
    short: [
      proof(
        'test/e2e/reload.test.ts',
        'takes settings in under load; gateways that are killed instead lose calls',
      ),
    ],
    long: [proof('test/chaos/long/reload.chaos.ts', 'carries every call through fifty reloads')],
    controls: [proof('test/e2e/reload.test.ts', 'gateways that are killed instead lose calls')],
    open: '',
  },
  {
    number: 13,
    promise: 'At three times its capacity a worker still serves what it can, and refuses the rest quickly.',
    short: [
      proof('src/gateway/overload.test.ts', 'holds the load of a worker at its limit'),
      chaos('overload.test.ts', 'a call is refused before its body is read, in its dialect'),
      chaos('overload.test.ts', 'a stream under way is never cut'),
    ],
    long: [long('overload.chaos.ts', 'at three times its capacity')],
    controls: [
      proof('src/gateway/overload.test.ts', 'control: switched off it refuses nothing'),
      chaos('overload.test.ts', 'control: without the ladder the same call is served'),
    ],
    open: 'The ratio depends on the machine: the long form reports it.',
  },
  {
    number: 14,
    promise: 'Second attempts are bounded: a fifth in a full outage, none after the first byte.',
    short: [
      chaos('retries.test.ts', 'adds at most a fifth of attempts, the budget alone'),
      chaos('retries.test.ts', 'that closes every connection adds at most a fifth as well'),
      chaos('retries.test.ts', 'after the first byte: a stream that breaks off is told so'),
      chaos('retries.test.ts', 'opens after failures in a row, says so in the dialect'),
    ],
    long: [],
    controls: [chaos('retries.test.ts', 'control: without the budget every request goes out twice')],
    open: '',
  },
  {
    number: 15,
    promise: 'A clock that jumps or stands still loses and doubles nothing.',
    short: [chaos('clock.test.ts', 'with a clock that %s nothing is lost or doubled')],
    long: [long('clock.chaos.ts', 'a whole system whose clock is wrong')],
    controls: [chaos('clock.test.ts', 'control: an epoch taken from the clock alone is used twice')],
    open: '',
  },
  {
    number: 16,
    promise: 'No secret and no prompt is at rest.',
    short: [proof('test/e2e/canaries.test.ts', 'leave no trace, and the scan finds what was planted')],
    long: [],
    controls: [proof('test/e2e/canaries.test.ts', 'the scan finds a word in every form')],
    open: 'A provider that repeats its own key in an error body shows it to the caller: bytes pass as they came.',
  },
  {
    number: 17,
    promise: 'The gateway connects to no address that was not granted, and no request is read two ways.',
    short: [
      proof('test/conformance/security-egress.test.ts', 'has at least 200, each once'),
      proof('test/conformance/security-egress.test.ts', 'is not called where its address hides'),
      proof('test/conformance/security-smuggling.test.ts', 'smuggles nothing through the gateway'),
    ],
    long: [],
    controls: [
      proof(
        'test/conformance/security-egress.test.ts',
        'connects in every case where the guard is off (control)',
      ),
      proof(
        'test/conformance/security-smuggling.test.ts',
        'smuggles through a server that reads leniently (control)',
      ),
    ],
    open: '',
  },
  {
    number: 18,
    promise: 'Every change of the audit trail is found.',
    short: [
      proof(
        'src/registry/tampering.property.test.ts',
        'random tamperings by a head that was noted elsewhere',
      ),
      proof('src/registry/agreement.test.ts', 'agree as long as nobody interferes'),
    ],
    long: [],
    controls: [proof('src/registry/tampering.property.test.ts', 'control: without the noted head')],
    open: 'Heads are not signed and sent away by themselves yet; note one.',
  },
  {
    number: 19,
    promise: 'Files of every released version open; a downgrade refuses cleanly.',
    short: [
      proof(
        'test/regression/upgrades/upgrades.test.ts',
        'answer the same, and what waited in journals comes in once',
      ),
      proof('test/regression/upgrades/upgrades.test.ts', 'keep their keys and decisions'),
    ],
    long: [],
    controls: [proof('test/regression/upgrades/upgrades.test.ts', 'there are data of the landed versions')],
    open: '',
  },
  {
    number: 20,
    promise: 'The core is deterministic: a seed replays a failure.',
    short: [
      proof('test/simulation/simulation.test.ts', 'replays a seed exactly'),
      proof('test/simulation/simulation.test.ts', 'adds up for'),
    ],
    long: [],
    controls: [
      proof('test/simulation/simulation.test.ts', 'a store that forgets what it has'),
      proof('test/simulation/simulation.test.ts', 'calls that reserve nothing'),
      proof('test/simulation/simulation.test.ts', 'books that wait for nobody'),
    ],
    open: '2,000 seeds a run; `npm run simulate -- --seeds 1..10000` for more.',
  },
];

/** The table as the page `docs/promises.md` has it. */
export function promisesTable(promises: readonly Kept[] = PROMISES): string {
  const list = (proofs: readonly Proof[]): string =>
    proofs.length === 0
      ? '–'
      : [...new Set(proofs.map(({ file }) => `\`${file.replace(/^test\/chaos\//, '')}\``))].join(' ');
  const rows = promises.map(
    ({ number, promise, short, long: longer, controls, open }) =>
      `| P${number} | ${promise} | ${list(short)} | ${list(longer)} | ${list(controls)} | ${open === '' ? '–' : open} |`,
  );
  return [
    '| | promise | `npm test` | `npm run chaos` | control | open |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** The table for a terminal, every test by its title. */
export function promisesText(promises: readonly Kept[] = PROMISES): string {
  return promises
    .map(({ number, promise, short, long: longer, controls, open }) =>
      [
        `P${number}  ${promise}`,
        ...short.map(({ file, title }) => `     test     ${file} › ${title}`),
        ...longer.map(({ file, title }) => `     chaos    ${file} › ${title}`),
        ...controls.map(({ file, title }) => `     control  ${file} › ${title}`),
        ...(open === '' ? [] : [`     open     ${open}`]),
      ].join('\n'),
    )
    .join('\n\n');
}
