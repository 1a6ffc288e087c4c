/**
 * What the gateway costs: CPU per request and added latency, in one run side by side with going direct, with the
 * least proxy that Node allows, and with Portkey's open gateway. Attribution, composition and journal are on, the
 * ledger is drained meanwhile, and at the end its rows are compared with the calls.
 */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { closedLoad, median, openLoad } from './load.ts';
import type { LoadTarget } from './load.ts';
import { cpuMicros, family, startListening } from './processes.ts';

const ROUNDS = 5;
const SECONDS = 4;
const CONNECTIONS = 16;
const RATE_PER_SECOND = 300;
const OPEN_SECONDS = 6;
const WARM_SECONDS = 8; // a compiler that is still at work is not what is measured
const PEER = '@portkey-ai/gateway@1.15.2';
const BODY_BYTES = 8 * 1024;

interface System {
  readonly name: string;
  readonly target: LoadTarget;
  /** The process whose CPU is the answer; undefined: nothing stands between. */
  readonly pid: number | undefined;
  /** Further processes that work for it. */
  readonly helpers: () => ReadonlyArray<{ pid: number; command: string }>;
}

export async function run(): Promise<Record<string, unknown>> {
  const directory = mkdtempSync(join(tmpdir(), 'setpoint-bench-'));
  const children: ChildProcess[] = [];
  try {
    const upstream = await startListening('./upstream.ts', []);
    children.push(upstream.child);
    const bare = await startListening('./bare-proxy.ts', ['0', upstream.url]);
    children.push(bare.child);
    const working = await startListening('./bare-proxy.ts', ['0', upstream.url, join(directory, 'work.bin')]);
    children.push(working.child);
    const setpoint = await startSetpoint(directory, upstream.url);
    children.push(setpoint.child);
    const peer = await startPeer();
    if (peer !== undefined) children.push(peer.child);
    const systems = listSystems(upstream.url, { bare, working }, setpoint, peer);
    return await measure(systems, setpoint.apiUrl);
  } finally {
    for (const child of children.toReversed()) child.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

function listSystems(
  upstreamUrl: string,
  { bare, working }: Readonly<Record<'bare' | 'working', { child: ChildProcess; url: string }>>,
  setpoint: { child: ChildProcess; url: string; worker: number },
  peer: { child: ChildProcess; url: string } | undefined,
): System[] {
  const body = benchBody();
  const headers = { authorization: 'Bearer bench' };
  const path = '/v1/chat/completions';
  const none = (): [] => [];
  const attribution = {
    'x-setpoint-workflow': 'support',
    'x-setpoint-team': 'CX',
    'x-setpoint-customer': 'acme',
    'x-setpoint-tags': 'env=prod',
  };
  const systems: System[] = [
    {
      name: 'direct',
      target: { url: `${upstreamUrl}${path}`, headers, body },
      pid: undefined,
      helpers: none,
    },
    {
      name: 'bare',
      target: { url: `${bare.url}${path}`, headers, body },
      pid: bare.child.pid,
      helpers: none,
    },
    {
      name: 'bare+work',
      target: { url: `${working.url}${path}`, headers, body },
      pid: working.child.pid,
      helpers: none,
    },
    {
      name: 'setpoint',
      target: { url: `${setpoint.url}${path}`, headers: attribution, body },
      pid: setpoint.worker,
      helpers: () => family(setpoint.child.pid ?? 0).filter(({ pid }) => pid !== setpoint.worker),
    },
  ];
  if (peer !== undefined) {
    const portkey = {
      ...headers,
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `${upstreamUrl}/v1`,
    };
    systems.push({
      name: 'portkey',
      target: { url: `${peer.url}${path}`, headers: portkey, body },
      pid: peer.child.pid,
      helpers: none,
    });
  }
  return systems;
}

async function measure(systems: readonly System[], apiUrl: string): Promise<Record<string, unknown>> {
  for (const system of systems) await closedLoad(system.target, CONNECTIONS, WARM_SECONDS);
  const cpu = new Map<string, number[]>();
  const helperCpu = new Map<string, number[]>();
  const rates = new Map<string, number[]>();
  const openCpu = new Map<string, number[]>();
  const latency = new Map<string, Array<{ p50Ms: number; p99Ms: number }>>();
  let errors = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const system of systems) {
      const before = snapshot(system);
      const load = await closedLoad(system.target, CONNECTIONS, SECONDS);
      const after = snapshot(system);
      errors += load.errors;
      push(cpu, system.name, (after.own - before.own) / load.requests);
      push(helperCpu, system.name, (after.others - before.others) / load.requests);
      push(rates, system.name, load.perSecond);
      const beforeOpen = snapshot(system);
      const open = await openLoad(system.target, RATE_PER_SECOND, OPEN_SECONDS);
      push(openCpu, system.name, (snapshot(system).own - beforeOpen.own) / open.requests);
      errors += open.errors;
      push(latency, system.name, open);
    }
  }
  const rows = await rowsEqualCalls(apiUrl);
  return report({ systems, cpu, helperCpu, rates, openCpu, latency, errors, rows });
}

function snapshot(system: System): { own: number; others: number } {
  return {
    own: system.pid === undefined ? 0 : cpuMicros(system.pid),
    others: system.helpers().reduce((sum, { pid }) => sum + cpuMicros(pid), 0),
  };
}

interface Measured {
  readonly systems: readonly System[];
  readonly cpu: ReadonlyMap<string, number[]>;
  readonly helperCpu: ReadonlyMap<string, number[]>;
  readonly rates: ReadonlyMap<string, number[]>;
  readonly openCpu: ReadonlyMap<string, number[]>;
  readonly latency: ReadonlyMap<string, Array<{ p50Ms: number; p99Ms: number }>>;
  readonly errors: number;
  readonly rows: { served: number; rows: number };
}

function report({
  systems,
  cpu,
  helperCpu,
  rates,
  openCpu,
  latency,
  errors,
  rows,
}: Measured): Record<string, unknown> {
  const of = (map: ReadonlyMap<string, number[]>, name: string): number => median(map.get(name) ?? []);
  const p = (name: string, which: 'p50Ms' | 'p99Ms'): number =>
    median((latency.get(name) ?? []).map((one) => one[which]));
  const bare = of(cpu, 'bare');
  const own = of(cpu, 'setpoint');
  const peer = of(cpu, 'portkey');
  const table = systems.map(({ name }) =>
    [
      name.padEnd(10),
      of(rates, name).toFixed(0).padStart(9),
      of(cpu, name).toFixed(0).padStart(9),
      of(helperCpu, name).toFixed(0).padStart(12),
      p(name, 'p50Ms').toFixed(2).padStart(9),
      p(name, 'p99Ms').toFixed(2).padStart(9),
    ].join(' '),
  );
  return {
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    node: process.versions.node,
    runs: ROUNDS,
    bareCpuMicros: rounded(bare),
    setpointCpuMicros: rounded(own),
    setpointOtherProcessesCpuMicros: rounded(of(helperCpu, 'setpoint')),
    peerCpuMicros: Number.isNaN(peer) ? null : rounded(peer),
    workCpuMicros: rounded(of(cpu, 'bare+work')),
    workToBare: rounded(of(cpu, 'bare+work') / bare),
    atRateBareCpuMicros: rounded(of(openCpu, 'bare')),
    atRateSetpointCpuMicros: rounded(of(openCpu, 'setpoint')),
    atRateRatioToBare: rounded(of(openCpu, 'setpoint') / of(openCpu, 'bare')),
    ratioToBare: rounded(own / bare),
    ratioToPeer: Number.isNaN(peer) ? null : rounded(peer / own),
    addedP50Ms: rounded(p('setpoint', 'p50Ms') - p('direct', 'p50Ms')),
    addedP99Ms: rounded(p('setpoint', 'p99Ms') - p('direct', 'p99Ms')),
    bareAddedP99Ms: rounded(p('bare', 'p99Ms') - p('direct', 'p99Ms')),
    errors,
    rowsEqualCalls: rows.served === rows.rows,
    calls: rows.served,
    ledgerRows: rows.rows,
    table: [`system      requests/s   CPU µs   others' µs    p50 ms    p99 ms`, ...table].join('\n'),
  };
}

/** The gateway's own count of settled attempts against what the ledger holds once it has caught up. */
async function rowsEqualCalls(apiUrl: string): Promise<{ served: number; rows: number }> {
  const gatewayUrl = apiUrl.replace(/:(\d+)$/, (_all, port: string) => `:${Number(port) - 1}`);
  const metrics = await (await fetch(`${gatewayUrl}/metrics`)).text();
  const served = [...metrics.matchAll(/^setpoint_attempts_total\{.*\} (\d+)$/gm)].reduce(
    (sum, match) => sum + Number(match[1]),
    0,
  );
  for (let tries = 0; ; tries += 1) {
    const answer = (await (
      await fetch(`${apiUrl}/api/v1/ledger?of=calls&during=all&simulated=include`)
    ).json()) as { total: { calls: number } };
    if (answer.total.calls === served || tries > 120) return { served, rows: answer.total.calls };
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function startSetpoint(
  directory: string,
  upstreamUrl: string,
): Promise<{ child: ChildProcess; url: string; apiUrl: string; worker: number }> {
  const port = await freePortPair();
  const config = join(directory, 'setpoint.yaml');
  writeFileSync(
    config,
    `providers:\n  - name: bench\n    dialect: openai\n    baseUrl: ${upstreamUrl}/v1\n    models: ["*"]\n    priceProvider: openai\n`,
  );
  const child = spawn(
    process.execPath,
    [
      fileURLToPath(new URL('../src/main.ts', import.meta.url)),
      'up',
      '--config',
      config,
      '--gateway-workers',
      '1',
      '--gateway-listen',
      `127.0.0.1:${port}`,
      '--api-listen',
      `127.0.0.1:${port + 1}`,
      '--data',
      join(directory, 'data'),
      '--simulator',
      'never',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let words = '';
  child.stderr?.on('data', (bytes: Buffer) => void (words += bytes.toString()));
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries += 1) {
    const ready = await fetch(`${url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) break;
    if (tries > 150 || child.exitCode !== null) throw new Error(`setpoint did not start:\n${words}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const worker = family(child.pid ?? 0).find(
    ({ command }) => / role gateway/.test(command) || /setpoint gateway/.test(command),
  );
  if (worker === undefined)
    throw new Error(
      `no gateway worker among:\n${family(child.pid ?? 0)
        .map(({ command }) => command)
        .join('\n')}`,
    );
  return { child, url, apiUrl: `http://127.0.0.1:${port + 1}`, worker: worker.pid };
}

/** Installs the peer once into a folder of its own; absent where it cannot be had, and then said so. */
async function startPeer(): Promise<{ child: ChildProcess; url: string } | undefined> {
  const directory = join(tmpdir(), 'setpoint-bench-peer');
  const script = join(directory, 'node_modules/@portkey-ai/gateway/build/start-server.js');
  if (!existsSync(script)) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'package.json'), '{"private":true}');
    try {
      execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', PEER], {
        cwd: directory,
        stdio: 'ignore',
      });
    } catch {
      process.stderr.write(`${PEER} could not be installed, so the run goes without it\n`);
      return undefined;
    }
  }
  const port = await freePortPair();
  const child = spawn(process.execPath, [script, `--port=${port}`, '--headless'], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 100; tries += 1) {
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return { child, url };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  process.stderr.write('the peer did not start, so the run goes without it\n');
  child.kill('SIGKILL');
  return undefined;
}

/** A free port whose successor is free as well, as far as can be told. */
async function freePortPair(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  );
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** An 8 KB body as an assistant sends it: a system prompt, tools and history that repeat, and a question that does not. */
export function benchBody(): string {
  const tool = (name: string): object => ({
    type: 'function',
    function: {
      name,
      description: `Looks up ${name.replaceAll('_', ' ')} for one customer.`,
      parameters: {
        type: 'object',
        properties: { id: { type: 'string' }, limit: { type: 'integer' } },
        required: ['id'],
      },
    },
  });
  const sentence =
    'Answer politely, cite the policy paragraph that applies, never promise a date that the carrier has not confirmed. ';
  const messages = [
    { role: 'system', content: sentence.repeat(38) },
    {
      role: 'user',
      content: 'My parcel has not arrived and the tracking page shows no movement for four days. '.repeat(6),
    },
    {
      role: 'assistant',
      content:
        'I am sorry about the delay. I have looked at the shipment and asked the carrier for a trace. '.repeat(
          8,
        ),
    },
    {
      role: 'user',
      content:
        'Thanks. It is order [<id>]: can you tell me whether the refund for the broken item is already on its way?',
    },
  ];
  const body = {
    model: 'gpt-4o-mini',
    temperature: 0.2,
    max_tokens: 400,
    messages,
    tools: ['order_status', 'refund_status', 'carrier_trace', 'policy_search'].map(tool),
  };
  const text = JSON.stringify(body);
  const missing = BODY_BYTES - text.length;
  if (missing > 0) messages[0]!.content += 'x'.repeat(missing);
  return JSON.stringify(body);
}

function push<Value>(map: Map<string, Value[]>, name: string, value: Value): void {
  map.set(name, [...(map.get(name) ?? []), value]);
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
