import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { fakeApi } from '../../test/fakes/api.ts';
import { emptyDirectory, NO_SERVER, runCommand as run } from '../../test/fakes/command-line.ts';
import { EMPTY_ANSWER, fakeLedger, LINE, PAPER_ANSWER } from '../../test/fakes/ledger.ts';
import { DIMENSIONS, MEASURES } from '../ledger/ledger.ts';
import type { StartAsk, Surroundings } from './cli.ts';

describe('setpoint ledger', () => {
  it('prints the table of one month: largest first, the rest, the total', async () => {
    const { code, out } = await run([
      'ledger',
      '--by',
      'workflow,team',
      '--during',
      '2026-03',
      '--limit',
      '5',
    ]);
    expect(code).toBe(0);
    expect(out).toBe(
      [
        'Workflow                Team           Calls  Avg input tokens  Share of spend      Cost',
        '──────────────────────  ─────────  ─────────  ────────────────  ──────────────  ────────',
        'Support copilot         CX         1,240,000             6,800             38%   $41,800',
        'Contract extraction     Legal Ops    210,000            12,400             22%   $24,200',
        'Sales research agent    Revenue       96,000             9,100             16%   $17,600',
        'Internal knowledge bot  IT           880,000             3,200             14%   $15,400',
        'Marketing drafting      Brand        140,000             2,400              6%    $6,600',
        'Everything else         Various      320,000             1,900              4%    $4,400',
        '──────────────────────  ─────────  ─────────  ────────────────  ──────────────  ────────',
        'Total                   n/a        2,886,000               n/a            100%  $110,000',
        '',
        '2026-03: 2026-03-01 until 2026-04-01 · UTC · price book 2026-03-01+abcd1234 · complete until 2026-03-30 23:59:59',
        '',
      ].join('\n'),
    );
  });

  it('prints it as Markdown, CSV and JSON lines', async () => {
    expect((await run(['ledger', '--output', 'md'])).out).toContain(
      '| Support copilot | CX | 1,240,000 | 6,800 | 38% | $41,800 |',
    );
    const csv = (
      await run(['ledger', '--by', 'workflow,team', '--of', 'calls,cost', '--output', 'csv'])
    ).out.split('\n');
    expect(csv[0]).toMatch(/^row,workflow,team,calls,cost,unpricedCalls,/);
    expect(csv[1]).toMatch(/^group,Support copilot,CX,1240000,41800\.4,/);
    expect(csv.slice(6, 8)).toEqual([
      expect.stringMatching(/^other,,,320000,4399\.99,/),
      expect.stringMatching(/^total,,,2886000,110000,/),
    ]);
    const lines = (await run(['ledger', '--by', 'workflow,team', '--output', 'ndjson'])).out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(lines[0]).toMatchObject({
      workflow: 'Support copilot',
      team: 'CX',
      calls: 1_240_000,
      cost: '41800.4',
    });
  });

  it('prints the whole answer as JSON, and only JSON', async () => {
    const { out } = await run(['ledger', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      currency: 'USD',
      timeZone: 'UTC',
      priceBookVersion: '2026-03-01+abcd1234',
      total: { cost: '110000' },
    });
  });

  it('says what is unpriced, unattributed and simulated, and never shows them as zero', async () => {
    const answer = {
      ...PAPER_ANSWER,
      rows: [
        {
          group: ['', ''],
          figures: { calls: 3, averageInputTokens: 5, share: 1, cost: '2', unpricedCalls: 1 },
        },
        {
          group: ['new', 'CX'],
          figures: { calls: 2, averageInputTokens: null, share: 0, cost: '0', unpricedCalls: 2 },
        },
      ],
      other: null,
      total: { calls: 5, averageInputTokens: 4, share: 1, cost: '2', unpricedCalls: 3 },
      unpricedCalls: 3,
      unattributedCalls: 3,
      unattributedCost: '2',
      simulatedCalls: 7,
    };
    const { out } = await run(['ledger'], {
      fake: await fakeApi({ ledger: fakeLedger({ answer: () => answer }) }),
    });
    expect(out).toMatch(/unattributed +unattributed +3 +5 +100% +\$2\.00 \+ unpriced/);
    expect(out).toMatch(/new +CX +2 +– +0% +unpriced/);
    expect(out).toContain('! 3 calls are unpriced');
    expect(out).toContain('! 3 calls ($2.00) are unattributed');
    expect(out).toContain('7 simulated calls are left out');
  });

  it('shows simulated calls, and says so, where nothing real is there', async () => {
    const ledger = fakeLedger({
      answer: ({ simulated }) =>
        simulated === 'only' ? PAPER_ANSWER : { ...EMPTY_ANSWER, simulatedCalls: 9 },
    });
    const { out } = await run(['ledger'], { fake: await fakeApi({ ledger }) });
    expect(ledger.asked.map(({ simulated }) => simulated)).toEqual(['exclude', 'only']);
    expect(out).toMatch(/^SIMULATED: no money was spent/);
    const again = fakeLedger({ answer: () => ({ ...EMPTY_ANSWER, simulatedCalls: 9 }) });
    const json = await run(['ledger', '--json'], { fake: await fakeApi({ ledger: again }) });
    expect(again.asked).toHaveLength(1); // a script must never add up money that was not spent
    expect(json.words).toContain('9 simulated calls are left out');
  });

  it('says what to do when there is nothing', async () => {
    const { code, out } = await run(['ledger'], {
      fake: await fakeApi({ ledger: fakeLedger({ answer: () => EMPTY_ANSWER }) }),
    });
    expect(code).toBe(0);
    expect(out).toContain('No calls in this period');
  });

  it('asks what it was told to', async () => {
    const fake = await fakeApi();
    await run(
      [
        'ledger',
        '--by',
        'day',
        '--of',
        'calls,costPerCall',
        '--where',
        'team=CX',
        '--where',
        'workflow!=',
        '--time-zone',
        'Asia/Tokyo',
        '--simulated',
        'include',
        '--limit',
        '3',
      ],
      { fake },
    );
    expect(fake.ledger.asked[0]).toMatchObject({
      by: ['day'],
      of: ['calls', 'costPerCall', 'unpricedCalls'],
      timeZone: 'Asia/Tokyo',
      simulated: 'include',
      limit: 3,
      where: [
        { dimension: 'team', is: ['CX'] },
        { dimension: 'workflow', not: [''] },
      ],
    });
  });
});

describe('setpoint call show', () => {
  it('prints a receipt to the last digit', async () => {
    const { out } = await run(['call', 'show', LINE.call]);
    expect(out).toBe(`RECEIPT
Call      0195-call
When      2026-03-05T12:00:00.000Z
Who       workflow support · team CX · customer acme · key aaaaaaaa
What      gpt-4o at openai · openai-chat · stream
Request   0195-request
Origin    workflow named by the call itself
Tags      env=prod

Item        Units     $ per million         Cost
──────────  ─────  ─  ─────────────  ───────────
input       2,200  ×          $2.50  $0.00550000
cache read  4,600  ×          $1.25  $0.00575000
output        260  ×         $10.00  $0.00260000
──────────  ─────  ─  ─────────────  ───────────
Total                                $0.01385000

Attempt 1 (primary): ok · 200 · stop · 1.84 s, first byte 310 ms, gateway 0.24 ms
  answered by gpt-4o-2024-08-06
  usage reported by the provider
  input was system 900 · retrieval 4,600 · history 1,000 · user 300 (exact)
  output was text 210 (exact)

Prices    2026-03-01+abcd1234 · USD
Rulebook  3
`);
  });

  it('says what is simulated and what is unpriced', async () => {
    const line = {
      ...LINE,
      simulated: true,
      cost: null,
      workflow: '',
      buckets: [{ bucket: 'freshIn', units: 5, rate: null, listRate: null, cost: null }],
    };
    const { out } = await run(['call', 'show', LINE.call], {
      fake: await fakeApi({ ledger: fakeLedger({ lines: [line] }) }),
    });
    expect(out).toContain('SIMULATED: no money was spent');
    expect(out).toContain('workflow unattributed');
    expect(out).toMatch(/input +5 +× +no price +unpriced/);
    expect(out).toContain('! 1 of 1 lines are unpriced');
  });

  it('says what capacity that was bought ahead covers', async () => {
    const line = { ...LINE, serviceTier: 'provisioned' };
    const { out } = await run(['call', 'show', LINE.call], {
      fake: await fakeApi({ ledger: fakeLedger({ lines: [line] }) }),
    });
    expect(out).toContain('covered by the commitment for provisioned capacity: no marginal cost');
  });

  it('shows who pays, where a line came from, what it corrects and what list prices would have been', async () => {
    const moved = {
      ...LINE,
      id: 'move:r7:0:1',
      leg: 'adjust',
      account: 'proj_a',
      region: 'eu-west-1',
      source: 'rule',
      attributedBy: 'rule:7@2',
      cause: 'attribution',
      corrects: 'j1:7:0',
      correction: 'rule:7@2',
      forMonth: '2026-02',
      listCost: '0.02',
    };
    const { out } = await run(['call', 'show', LINE.call], {
      fake: await fakeApi({ ledger: fakeLedger({ lines: [moved] }) }),
    });
    expect(out).toContain('Paid by   account proj_a · region eu-west-1');
    expect(out).toContain('Origin    workflow named by rule:7@2 · source rule');
    expect(out).toContain(
      'correction: attribution · of line j1:7:0 · by rule:7@2 · for 2026-02 · to workflow support, team CX, customer acme',
    );
    expect(out).toContain('at list prices it would have cost $0.02');
  });

  it('names every dimension and measure in its help', async () => {
    const { out } = await run(['ledger', '--help']);
    for (const word of [...DIMENSIONS, ...MEASURES]) expect(out).toContain(word);
  });

  it('1 when there is no such call', async () => {
    const { code, out, words } = await run(['call', 'show', 'none']);
    expect([code, out]).toEqual([1, '']);
    expect(words).toContain('The ledger has no call "none"');
  });
});

describe('setpoint tail', () => {
  it('prints a line a call, safe for the terminal, and stops after the limit', async () => {
    const lines = [LINE, { ...LINE, workflow: '\u001b[31mred', simulated: true, cost: null }];
    const fake = await fakeApi({ ledger: fakeLedger({ lines }) });
    const { code, out } = await run(['tail', '--limit', '2'], { fake });
    expect(code).toBe(0);
    expect(out.split('\n')[0]).toMatch(
      /^12:00:00\.000 {2}support +CX +gpt-4o +6,800 > 210 +\$0\.013850 +1\.84 s {2}ok {2}0195-call$/,
    );
    expect(out.split('\n')[1]).toMatch(/unpriced.*SIMULATED/);
    expect(out).not.toContain('\u001b');
    expect(JSON.parse((await run(['tail', '--json', '--limit', '1'], { fake })).out)).toEqual(LINE);
  });
});

describe('setpoint key', () => {
  it('prints the secret alone, on standard output', async () => {
    const fake = await fakeApi();
    const { code, out, words } = await run(
      ['key', 'create', 'ci', '--workflow', 'build', '--tag', 'env=ci', '--expires', '90d'],
      { fake },
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^sp_live_\w{8}_\w{43}_\w{6}\n$/);
    expect(words).toContain('shown this once');
    const listed = JSON.parse((await run(['key', 'list', '--json'], { fake })).out) as Array<{ id: string }>;
    expect(listed).toMatchObject([
      {
        name: 'ci',
        workflow: 'build',
        tags: { env: 'ci' },
        state: 'active',
        expiresAt: '2026-06-18T10:00:00.000Z',
      },
    ]);
    expect((await run(['key', 'revoke', listed[0]?.id ?? ''], { fake })).code).toBe(0);
    expect((await run(['key', 'list'], { fake })).out).toContain('revoked');
  });

  it('works without a server, in the registry of the data directory, and says when it takes effect', async () => {
    const workingDirectory = emptyDirectory();
    const offline = { fetch: NO_SERVER, workingDirectory };
    const created = await run(['key', 'create', 'first'], offline);
    expect(created.out).toMatch(/^sp_live_/);
    expect(created.words).toContain('takes effect at the next start');
    const [key] = JSON.parse((await run(['key', 'list', '--json'], offline)).out) as Array<{ id: string }>;
    expect(await run(['key', 'revoke', key?.id ?? ''], offline)).toMatchObject({ code: 0 });
    expect(await run(['key', 'revoke', 'none'], offline)).toMatchObject({ code: 1 });
    expect(
      await run(['key', 'list'], { ...offline, environment: { SETPOINT_API_URL: 'http://elsewhere:1' } }),
    ).toMatchObject({ code: 5 });
  });

  it.each([
    ['--expires', 'soon'],
    ['--expires', '2020-01-01'],
    ['--tag', 'novalue'],
  ])('2 on %s %s', async (option, value) => {
    expect(await run(['key', 'create', 'a', option, value])).toMatchObject({ code: 2, out: '' });
  });
});

describe('exit codes', () => {
  it.each([
    [['--help'], 0],
    [['ledger', '--help'], 0],
    [['--version'], 0],
    [['nothing'], 2],
    [['ledger', '--limit', 'x'], 2],
    [['ledger', '--during', 'monthly'], 2],
    [['call', 'show'], 2],
    [['ledger', '--output', 'xml'], 2],
  ])('%j ends with %i', async (argv, code) => {
    expect((await run(argv)).code).toBe(code);
  });

  it('5 when no server answers, with what to do; 4 when a login is needed', async () => {
    const gone = await run(['ledger'], { fetch: NO_SERVER });
    expect(gone).toMatchObject({ code: 5, out: '' });
    expect(gone.words).toContain('setpoint up');
    const fake = await fakeApi({ access: { kind: 'token', adminToken: 'correct-horse-battery' } });
    expect((await run(['ledger'], { fake })).code).toBe(4);
    expect(
      (await run(['ledger'], { fake, environment: { SETPOINT_ADMIN_TOKEN: 'correct-horse-battery' } })).code,
    ).toBe(0);
  });

  it('5, not a crash, when something else answers', async () => {
    const other: typeof fetch = async () => new Response('<h1>hello</h1>', { status: 500 });
    expect((await run(['ledger'], { fetch: other })).code).toBe(5);
  });
});

describe('the rest', () => {
  it('help leads with examples, for every command', async () => {
    for (const argv of [
      [],
      ['ledger'],
      ['call', 'show'],
      ['tail'],
      ['key', 'create'],
      ['price', 'list'],
      ['config', 'validate'],
      ['doctor'],
      ['completion'],
      ['up'],
      ['gateway'],
      ['control'],
    ]) {
      expect((await run([...argv, '--help'])).out).toMatch(/^Examples:\n {2}(source <\()?setpoint/);
    }
  });

  it('colours only a terminal that wants it', async () => {
    expect((await run(['ledger'], { tty: true })).out).toContain('\u001b[');
    expect((await run(['ledger'])).out).not.toContain('\u001b[');
    expect((await run(['ledger'], { tty: true, environment: { NO_COLOR: '1' } })).out).not.toContain(
      '\u001b[',
    );
    expect((await run(['ledger', '--no-color'], { tty: true })).out).not.toContain('\u001b[');
    expect((await run(['ledger', '--ascii'])).out).toContain('-----');
  });

  it('lists prices', async () => {
    expect((await run(['price', 'list', '--model', 'gpt-4o'])).out).toMatch(/openai +gpt-4o +input +\$2\.50/);
    expect(JSON.parse((await run(['price', 'list', '--json'])).out)).toMatchObject({
      priceBookVersion: '2026-03-01+abcd1234',
    });
  });

  it('validates settings', async () => {
    const workingDirectory = emptyDirectory();
    expect(await run(['config', 'validate'], { workingDirectory })).toMatchObject({ code: 0, out: '' });
    writeFileSync(join(workingDirectory, 'setpoint.yaml'), 'gatway: {}');
    expect(await run(['config', 'validate'], { workingDirectory })).toMatchObject({
      code: 1,
      out: 'gatway: is no setting; did you mean "gateway"?\n',
    });
    expect(JSON.parse((await run(['config', 'validate', '--json'], { workingDirectory })).out)).toMatchObject(
      { valid: false },
    );
    expect((await run(['ledger'], { workingDirectory })).code).toBe(2);
  });

  it('examines itself', async () => {
    const found = JSON.parse((await run(['doctor', '--json'])).out) as Array<{
      check: string;
      state: string;
    }>;
    expect(found.map(({ check }) => check)).toEqual(
      expect.arrayContaining([
        'Node',
        'settings',
        'data',
        'gateway',
        'ledger',
        'registry',
        'calls of 30 days',
      ]),
    );
    const words = (await run(['doctor'], { environment: { OPENAI_API_KEY: 'sk-canary' } })).out;
    expect(words).toContain('credential set');
    expect(words).not.toContain('sk-canary');
  });

  it.each([
    [
      'a private network',
      '10.7.0.9',
      '',
      /✗ address of corp \(openai\): llm\.corp is 10\.7\.0\.9, in 10\.0\.0\.0\/8.*\n.*nothing is charged.*\n.*allowPrivate: \["10\.7\.0\.9"\]/,
    ],
    [
      'the metadata of a cloud',
      '169.254.169.254',
      '',
      /✗ address of corp.*169\.254\.0\.0\/16.*\n.*nothing is charged.*\n.*No grant allows it/,
    ],
    [
      'what is granted',
      '10.7.0.9',
      'allowPrivate: [10.7.0.0/16], ',
      /! address of corp.*credential travels unencrypted/,
    ],
    ['nothing', '', '', /! address of corp.*does not resolve here/],
  ])('finds that a provider’s name leads to %s', async (_what, address, grant, says) => {
    const workingDirectory = emptyDirectory();
    writeFileSync(
      join(workingDirectory, 'setpoint.yaml'),
      `providers: [{name: corp, dialect: openai, baseUrl: 'http://llm.corp/v1', ${grant}key: {env: CORP_KEY}}]`,
    );
    const resolve: Surroundings['resolve'] = async () => {
      if (address === '') throw new Error('ENOTFOUND');
      return [
        { address: '104.18.6.192', family: 4 },
        { address, family: 4 },
      ];
    };
    const { out } = await run(['doctor'], { workingDirectory, resolve, environment: { CORP_KEY: 'k' } });
    expect(out).toMatch(says);
  });

  it('starts with the settings of file, environment and flags, and prints a call to try', async () => {
    const asked: StartAsk[] = [];
    const start = async (ask: StartAsk): Promise<void> => {
      asked.push(ask);
      ask.onReady();
    };
    const { code, out } = await run(['up', '--gateway-listen', '127.0.0.1:5000', '--gateway-workers', '2'], {
      start,
      environment: { SETPOINT_DATA: 'elsewhere', SETPOINT_GATEWAY_LISTEN: '127.0.0.1:1' },
    });
    expect(code).toBe(0);
    expect(asked[0]).toMatchObject({
      parts: 'all',
      settings: {
        data: expect.stringMatching(/^\/.*elsewhere$/),
        gateway: { listen: { port: 5000 }, workers: 2 },
      },
    });
    expect(out).toMatch(/curl http:\/\/127\.0\.0\.1:5000\/v1\/chat\/completions .*sim-small/);
    await run(['gateway'], { start });
    await run(['control'], { start });
    expect(asked.map(({ parts }) => parts)).toEqual(['all', 'gateways', 'control']);
    expect(await run(['up', '--api-listen', 'x'], { start })).toMatchObject({ code: 2 });
  });

  it.each(['bash', 'zsh', 'fish'])('completes commands and options in %s', async (shell) => {
    const { out } = await run(['completion', shell]);
    for (const word of ['ledger', 'revoke', shell === 'fish' ? '-l time-zone' : '--time-zone'])
      expect(out).toContain(word);
  });
});
