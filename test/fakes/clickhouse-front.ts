/**
 * The HTTP interface of a ClickHouse server, in front of the same engine embedded (chDB): what the official client sends to
 * a server is answered by the engine that a server has. Run as a process of its own, since an engine owns its directory:
 *
 *     node test/fakes/clickhouse-front.ts <directory> [<port> [<user> <password>]]
 *
 * It tells its parent `{ listening: port }`, or prints it. Faults are posted to `/front/faults` (`Fault[]`, in the order in
 * which they are tried); `/front/seen` tells what was asked. Replication, distribution and ZooKeeper are not here.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

export interface Fault {
  /** Statements that begin with it, whatever the case; empty: all. */
  readonly statement: string;
  /**
   * `status`: an answer of 500. `hang`: no answer for ever. `cut`: the connection ends without one.
   * `half`: the answer breaks off in its middle.
   */
  readonly kind: 'status' | 'hang' | 'cut' | 'half';
  /** Whether the statement is carried out all the same. */
  readonly when: 'before' | 'after';
  /** How often; afterwards statements pass again. */
  readonly times: number;
}

export interface Seen {
  readonly statements: number;
  readonly inserts: number;
  readonly faults: number;
}

interface Engine {
  queryAsync(sql: string, options: { format: string }): Promise<{ bytes(): Uint8Array }>;
  queryBindAsync(
    sql: string,
    params: Readonly<Record<string, unknown>>,
    options: { format: string },
  ): Promise<{ bytes(): Uint8Array }>;
}

interface Asked {
  readonly sql: string;
  readonly body: Buffer;
  readonly params: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, string>>;
  readonly format: string;
  readonly queryId: string;
}

class FrontError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Parameters of an address that are no settings of a query. */
const NOT_SETTINGS = new Set([
  'query',
  'query_id',
  'database',
  'session_id',
  'session_timeout',
  'session_check',
  'default_format',
  'user',
  'password',
  'role',
  'wait_end_of_query',
  'enable_http_compression',
]);
const CHUNK_BYTES = 64 * 1024;
const LONGEST_ADDRESS_BYTES = 1024 * 1024; // http_max_uri_size

const [directory = '', port = '0', user = 'default', password = ''] = process.argv.slice(2);
mkdirSync(directory, { recursive: true });
const chdb = createRequire(import.meta.url)('chdb') as { Session: new (path: string) => Engine };
const engine = new chdb.Session(directory);
let faults: Array<Fault & { left: number }> = [];
const seen = { statements: 0, inserts: 0, faults: 0 };

const server = createServer({ maxHeaderSize: LONGEST_ADDRESS_BYTES }, (request, response) => {
  void answer(request, response).catch((error: unknown) => {
    if (!response.headersSent) refuse(response, error);
    else response.destroy();
  });
});
server.listen(Number(port), '127.0.0.1', () => {
  const { port: listening } = server.address() as AddressInfo;
  if (process.send === undefined) process.stdout.write(`listening on ${listening}\n`);
  else process.send({ listening });
});
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://front');
  const body = await bodyOf(request);
  if (url.pathname === '/front/faults') {
    faults = (JSON.parse(body.toString()) as Fault[]).map((fault) => ({ ...fault, left: fault.times }));
    return void response.end();
  }
  if (url.pathname === '/front/seen') return void response.end(JSON.stringify(seen));
  if (url.pathname === '/ping') return void response.end('Ok.\n');
  if (url.pathname === '/replicas_status') return void response.end('Ok.\n');
  checkUser(request, url);
  const asked = readAsked(request, url, body);
  seen.statements += 1;
  if (/^\s*INSERT/i.test(asked.sql)) seen.inserts += 1;
  const fault = faults.find(
    ({ statement, left }) =>
      left > 0 && asked.sql.trimStart().toLowerCase().startsWith(statement.toLowerCase()),
  );
  if (fault !== undefined) {
    fault.left -= 1;
    seen.faults += 1;
    if (fault.when === 'before') return breakOff(fault, request, response, Buffer.alloc(0));
  }
  const result = await carryOut(asked);
  if (fault !== undefined) return breakOff(fault, request, response, result);
  send(request, response, url, asked, result);
}

function breakOff(fault: Fault, request: IncomingMessage, response: ServerResponse, result: Buffer): void {
  switch (fault.kind) {
    case 'status':
      return refuse(
        response,
        new FrontError(500, 'Code: 999. DB::Exception: Session expired. (KEEPER_EXCEPTION)'),
      );
    case 'hang':
      return;
    case 'cut':
      return void request.socket.destroy();
    case 'half':
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': Math.max(2, result.length) });
      response.write(result.subarray(0, Math.floor(result.length / 2)));
      return void setImmediate(() => request.socket.destroy());
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

function checkUser(request: IncomingMessage, url: URL): void {
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const [name = 'default', ...rest] =
    basic === undefined ? [] : Buffer.from(basic, 'base64').toString().split(':');
  const said = {
    user: String(request.headers['x-clickhouse-user'] ?? url.searchParams.get('user') ?? name),
    password: String(
      request.headers['x-clickhouse-key'] ?? url.searchParams.get('password') ?? rest.join(':'),
    ),
  };
  if (said.user === user && said.password === password) return;
  throw new FrontError(
    403,
    `Code: 516. DB::Exception: ${said.user}: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)`,
  );
}

function readAsked(request: IncomingMessage, url: URL, body: Buffer): Asked {
  const boundary = /multipart\/form-data; boundary=(.+)$/.exec(request.headers['content-type'] ?? '')?.[1];
  const fields = new Map<string, string>(url.searchParams);
  if (boundary !== undefined) for (const [name, value] of formFields(body, boundary)) fields.set(name, value);
  const named = (wanted: (name: string) => boolean, cut = 0): Record<string, string> =>
    Object.fromEntries(
      [...fields].filter(([name]) => wanted(name)).map(([name, value]) => [name.slice(cut), value]),
    );
  const inAddress = fields.get('query');
  return {
    sql: inAddress ?? body.toString(),
    body: inAddress === undefined || boundary !== undefined ? Buffer.alloc(0) : body,
    params: named((name) => name.startsWith('param_'), 'param_'.length),
    settings: named(
      (name) => !name.startsWith('param_') && !NOT_SETTINGS.has(name) && !name.startsWith('http_'),
    ),
    format: fields.get('default_format') ?? 'TabSeparated',
    queryId: fields.get('query_id') ?? randomUUID(),
  };
}

function* formFields(body: Buffer, boundary: string): Generator<readonly [string, string]> {
  for (const part of body.toString().split(`--${boundary}`)) {
    const match = /name="([^"]+)"[^]*?\r\n\r\n([^]*)\r\n$/.exec(part);
    if (match) yield [match[1] ?? '', match[2] ?? ''];
  }
}

/** Statements with rows behind them are carried out with the rows in them; binary rows come through a file. */
async function carryOut({ sql, body, params, settings, format }: Asked): Promise<Buffer> {
  const stated = Object.entries(settings).map(
    ([name, value]) => `SET ${name} = '${value.replaceAll("'", "''")}'; `,
  );
  const binary = /^(INSERT[^]*) FORMAT (Native|RowBinary)\s*$/i.exec(sql);
  const file = join(directory, `.body-${randomUUID()}`);
  let statement = `${stated.join('')}${sql}`;
  if (binary !== null) {
    writeFileSync(file, body);
    statement = `${stated.join('')}${binary[1]} SELECT * FROM file('${file}', '${binary[2]}')`;
  } else if (body.length > 0) statement += `\n${body.toString()}`;
  try {
    const bound = Object.entries(params).map(
      ([name, text]) => [name, valueOf(typeOf(sql, name), text)] as const,
    );
    const result =
      bound.length === 0
        ? await engine.queryAsync(statement, { format })
        : await engine.queryBindAsync(statement, Object.fromEntries(bound), { format });
    return Buffer.from(result.bytes());
  } finally {
    if (binary !== null) rmSync(file, { force: true });
  }
}

function typeOf(sql: string, param: string): string {
  return new RegExp(String.raw`\{${param}\s*:\s*([^}]+)\}`).exec(sql)?.[1] ?? 'String';
}

/** A parameter as it stands in an address, as the value that the engine's own binding takes. */
function valueOf(type: string, text: string): unknown {
  if (text === '\\N') return null;
  return type.startsWith('Array(') ? arrayOf(text) : unescaped(text);
}

function arrayOf(text: string): unknown {
  let at = 0;
  function value(): unknown {
    if (text[at] === '[') {
      const items: unknown[] = [];
      at += 1;
      while (text[at] !== ']') {
        items.push(value());
        if (text[at] === ',') at += 1;
      }
      at += 1;
      return items;
    }
    const found = text[at] === "'" ? /'((?:[^'\\]|\\[^])*)'/y : /([^,\]]+)/y;
    found.lastIndex = at;
    const match = found.exec(text);
    if (match === null)
      throw new FrontError(400, 'Code: 457. DB::Exception: bad parameter. (BAD_QUERY_PARAMETER)');
    at = found.lastIndex;
    return text[match.index] === "'" ? unescaped(match[1] ?? '') : BigInt(match[1] ?? '0');
  }
  return value();
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', 0: '\0', b: '\b', f: '\f' };

function unescaped(text: string): string {
  return text.replaceAll(/\\([^])/g, (_, letter: string) => ESCAPES[letter] ?? letter);
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  { queryId, format }: Asked,
  result: Buffer,
): void {
  const zipped =
    url.searchParams.get('enable_http_compression') === '1' &&
    (request.headers['accept-encoding'] ?? '').includes('gzip');
  const bytes = zipped ? gzipSync(result) : result;
  response.writeHead(200, {
    'content-type': 'text/plain; charset=UTF-8',
    'x-clickhouse-query-id': queryId,
    'x-clickhouse-format': format,
    'x-clickhouse-timezone': 'UTC',
    'x-clickhouse-server-display-name': 'front',
    'x-clickhouse-summary': JSON.stringify({ read_rows: '0', written_rows: '0', elapsed_ns: '0' }),
    ...(zipped && { 'content-encoding': 'gzip' }),
  });
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) response.write(bytes.subarray(at, at + CHUNK_BYTES));
  response.end();
}

function refuse(response: ServerResponse, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const code = /Code: (\d+)/.exec(message)?.[1] ?? '1002';
  const unknown = ['60', '81'].includes(code); // table, database
  const wrong = ['62', '47', '36', '27', '117', '53', '70', '457', '115'].includes(code);
  response.writeHead(error instanceof FrontError ? error.status : unknown ? 404 : wrong ? 400 : 500, {
    'content-type': 'text/plain; charset=UTF-8',
    'x-clickhouse-exception-code': code,
  });
  response.end(`${message} (version 26.7.2.1)\n`);
}
