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
      chaos('kills.test.ts', 'control: a journal that leaves out one record is found out'),
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
    open: '20,000 calls in the long form where the bar is 100,000; hedges are not asked for by anything yet.',
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
    short: [chaos('drain-exactly-once.test.ts', 'while the store is down completeness stands still')],
    long: [],
    controls: [
      chaos('drain-exactly-once.test.ts', 'control: a token that the store has forgotten doubles lines'),
    ],
    open: 'The gateway’s p99 and the speed of catching up are measured elsewhere.',
  },
  {
    number: 7,
    promise: 'A hard budget is never exceeded.',
    short: [],
    long: [],
    controls: [],
    open: 'Tests of budgets stand beside them; the kill harness (`kills.ts`, `inspect`) is there for them.',
  },
  {
    number: 8,
    promise: 'No phantom spend: what is reserved is free again after quiet.',
    short: [],
    long: [],
    controls: [],
    open: 'As 7.',
  },
  {
    number: 9,
    promise: 'The loss of the budget authority is survived as each budget says.',
    short: [],
    long: [],
    controls: [],
    open: 'As 7.',
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
    short: [proof('test/regression/request-path.test.ts', 'that are still being answered are waited for')],
    long: [],
    controls: [],
    open: 'Reload under load is tested with the operations.',
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
    short: [],
    long: [],
    controls: [],
    open: 'Tested with the keys.',
  },
  {
    number: 17,
    promise: 'The gateway connects to no address that was not granted, and no request is read two ways.',
    short: [],
    long: [],
    controls: [],
    open: 'Tested with the egress guard.',
  },
  {
    number: 18,
    promise: 'Every change of the audit trail is found.',
    short: [],
    long: [],
    controls: [],
    open: 'Tested with the registry.',
  },
  {
    number: 19,
    promise: 'Files of every released version open; a downgrade refuses cleanly.',
    short: [],
    long: [],
    controls: [],
    open: 'Tested with the operations.',
  },
  {
    number: 20,
    promise: 'The core is deterministic: a seed replays a failure.',
    short: [],
    long: [],
    controls: [],
    open: 'The simulator is being written.',
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
