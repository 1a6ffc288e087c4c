/**
 * Requests whose end two servers might see in different places, as data: the bytes of one connection. Behind each stands a
 * request that nobody sent by right (`SMUGGLED`), which a server that reads the first one otherwise would take for one.
 *
 * `refused`: the connection ends with one 4xx or none. `sound`: odd, but its end is beyond doubt, so it is answered, and what
 * follows on the connection is answered as itself. `alone`: it is answered, and the connection ends.
 */
export interface SmugglingCase {
  readonly name: string;
  readonly bytes: Buffer;
  readonly end: 'refused' | 'sound' | 'alone';
}

export const CHAT_PATH = '/v1/chat/completions';

function chat(model: string): string {
  return JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }] });
}

/** A whole request for one model. */
export function requestFor(model: string, ...headers: string[]): string {
  const body = chat(model);
  const lines = [
    `POST ${CHAT_PATH} HTTP/1.1`,
    'Host: localhost',
    'Content-Type: application/json',
    ...headers,
  ];
  return `${lines.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

const SMUGGLED = requestFor('smuggled');
const FIRST = chat('first');
const CHUNK = `${FIRST.length.toString(16)}\r\n${FIRST}\r\n`;
const LAST_CHUNK = '0\r\n\r\n';
const CHUNKED = 'Transfer-Encoding: chunked';

const cases: SmugglingCase[] = [];

function add(name: string, end: SmugglingCase['end'], text: string): void {
  cases.push({ name, end, bytes: Buffer.from(text, 'latin1') });
}

/** A POST with header lines as they are given, a body, and the smuggled request behind it. */
function post(headers: string, body: string, line = `POST ${CHAT_PATH} HTTP/1.1`): string {
  return `${line}\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}${SMUGGLED}`;
}

// Both lengths: the one that counts ends the request before the smuggled one, the other after it.
const WHOLE = `${CHUNK}${LAST_CHUNK}${SMUGGLED}`.length;
const CODINGS: readonly string[] = [
  CHUNKED,
  'transfer-encoding: chunked',
  'Transfer-Encoding: CHUNKED',
  'Transfer-Encoding:chunked',
  'Transfer-Encoding:\tchunked',
  'Transfer-Encoding: chunked ',
  'Transfer-Encoding: chunked\t',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding\t: chunked',
  'Transfer-Encoding\r\n : chunked',
  ' Transfer-Encoding: chunked',
  '\tTransfer-Encoding: chunked',
  'X: x\nTransfer-Encoding: chunked',
  'X: x\rTransfer-Encoding: chunked',
  'X: x\0\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding:\r\n chunked',
  'Transfer-Encoding: chunked\r\n ',
  'Transfer-Encoding: chunked\r\n identity',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding: chunkedx',
  'Transfer-Encoding: "chunked"',
  'Transfer-Encoding: chunked;q=1',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: identity, chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked, chunked',
  'Transfer-Encoding: chunked, gzip',
  'Transfer-Encoding: ,chunked',
  'Transfer-Encoding: chunked,',
  'Transfer-Encoding: identity',
  'Transfer-Encoding:',
  'Transfer-Encoding: \x0bchunked',
  'Transfer-Encoding: chunked\x0c',
  'Transfer-Encoding: chunked\0',
  'Transfer-Encoding: chun\0ked',
  'Transfer-Encoding: \xa0chunked',
  'Transfer-Encoding: chunked\xff',
  `${CHUNKED}\r\n${CHUNKED}`,
  `${CHUNKED}\r\nTransfer-Encoding: identity`,
  `Transfer-Encoding: identity\r\n${CHUNKED}`,
  `Transfer-Encoding: x\r\n${CHUNKED}`,
  `${CHUNKED}\r\nTransfer-Encoding: x`,
];
for (const coding of CODINGS) {
  const shown = JSON.stringify(coding);
  add(
    `${shown} before a length`,
    'refused',
    post(`${coding}\r\nContent-Length: ${WHOLE}`, CHUNK + LAST_CHUNK),
  );
  if (coding.length % 2 === 0 || coding === CHUNKED)
    add(
      `${shown} after a length`,
      'refused',
      post(`Content-Length: ${WHOLE}\r\n${coding}`, CHUNK + LAST_CHUNK),
    );
}

// Codings alone that are not plainly chunked: their end is for others to guess.
for (const coding of [
  'gzip, chunked',
  'identity, chunked',
  'chunked, identity',
  'chunked, chunked',
  'identity',
  'x',
  'chunkedx',
  '"chunked"',
  'chunked;q=1',
])
  add(`the coding ${coding} alone`, 'refused', post(`Transfer-Encoding: ${coding}`, CHUNK + LAST_CHUNK));
add('a coding that is said twice', 'refused', post(`${CHUNKED}\r\n${CHUNKED}`, CHUNK + LAST_CHUNK));
add(
  'a chunked body in HTTP/1.0',
  'refused',
  post(`${CHUNKED}\r\nConnection: keep-alive`, CHUNK + LAST_CHUNK, `POST ${CHAT_PATH} HTTP/1.0`),
);

// Lengths.
const N = FIRST.length;
const LENGTHS: readonly string[] = [
  `Content-Length: ${N}\r\nContent-Length: ${N}`,
  `Content-Length: ${N}\r\nContent-Length: 0`,
  `Content-Length: 0\r\nContent-Length: ${N}`,
  `Content-Length: ${N}\r\ncontent-length: ${N + SMUGGLED.length}`,
  `Content-Length: ${N}, ${N}`,
  `Content-Length: ${N},0`,
  `Content-Length: ${N};x`,
  `Content-Length: +${N}`,
  `Content-Length: -${N}`,
  `Content-Length: 0x${N.toString(16)}`,
  `Content-Length: ${N}.0`,
  `Content-Length: ${N}e0`,
  `Content-Length: "${N}"`,
  `Content-Length: ${N} 0`,
  `Content-Length: ${String(N)[0]} ${String(N).slice(1)}`,
  `Content-Length: ${N}\0`,
  `Content-Length: ${N}\x0b`,
  `Content-Length: ${N}a`,
  `Content-Length: \xb2`,
  'Content-Length:',
  'Content-Length: ',
  `Content-Length : ${N}`,
  `Content-Length\t: ${N}`,
  ` Content-Length: ${N}`,
  `Content-Length:\r\n ${N}`,
  `Content-Length: ${N}\r\n 0`,
  `X: x\nContent-Length: ${N}`,
  `X: x\rContent-Length: ${N}`,
  `Content-Length: 18446744073709551616`,
  `Content-Length: ${2n ** 64n + BigInt(N)}`,
  `Content-Length: 99999999999999999999999999`,
];
for (const length of LENGTHS) add(JSON.stringify(length), 'refused', post(length, FIRST));

// Chunks.
const hex = N.toString(16);
const CHUNKS: ReadonlyArray<readonly [string, string]> = [
  ['a size with 0x', `0x${hex}\r\n${FIRST}\r\n${LAST_CHUNK}`],
  ['a size with a sign', `+${hex}\r\n${FIRST}\r\n${LAST_CHUNK}`],
  ['a negative size', `-1\r\n${FIRST}\r\n${LAST_CHUNK}`],
  ['a size behind a space', ` ${hex}\r\n${FIRST}\r\n${LAST_CHUNK}`],
  ['a size before a space', `${hex} \r\n${FIRST}\r\n${LAST_CHUNK}`],
  ['a size before a tab', `${hex}\t\r\n${FIRST}\r\n${LAST_CHUNK}`],
  ['a size that is no number', `G\r\n${FIRST}\r\n${LAST_CHUNK}`],
  ['no size', `\r\n${FIRST}\r\n${LAST_CHUNK}`],
  ['a size past 64 bits', `1000000000000000${hex}\r\n${FIRST}\r\n${LAST_CHUNK}`],
  ['a size that ends in LF', `${hex}\n${FIRST}\r\n${LAST_CHUNK}`],
  ['a size that ends in CR', `${hex}\r${FIRST}\r\n${LAST_CHUNK}`],
  ['a size that ends in CR CR LF', `${hex}\r\r\n${FIRST}\r\n${LAST_CHUNK}`],
  ['data that end in LF', `${hex}\r\n${FIRST}\n${LAST_CHUNK}`],
  ['data that end in CR', `${hex}\r\n${FIRST}\r${LAST_CHUNK}`],
  ['data without an end', `${hex}\r\n${FIRST}${LAST_CHUNK}`],
  ['data longer than the size', `${(N - 2).toString(16)}\r\n${FIRST}\r\n${LAST_CHUNK}`],
  ['an extension with a bare LF', `${hex};a\nb\r\n${FIRST}\r\n${LAST_CHUNK}`],
  ['an extension with a bare CR', `${hex};a\rb\r\n${FIRST}\r\n${LAST_CHUNK}`],
  ['an extension with a NUL', `${hex};a\0\r\n${FIRST}\r\n${LAST_CHUNK}`],
  ['a quoted extension with a line end', `${hex};a="\r\n${FIRST}\r\n${LAST_CHUNK}`],
  ['an extension of 32 KiB', `${hex};${'a'.repeat(32_768)}\r\n${FIRST}\r\n${LAST_CHUNK}`],
  ['a last chunk that ends in LF', `${CHUNK}0\n\n`],
  ['a last chunk that ends in LF and CRLF', `${CHUNK}0\n\r\n`],
  ['a trailer without a colon', `${CHUNK}0\r\nx\r\n\r\n`],
  ['a trailer with a bare LF', `${CHUNK}0\r\nx: y\nz: w\r\n\r\n`],
  ['a length as trailer', `${CHUNK}0\r\nContent-Length: 5\r\n\r\n`],
  ['a coding as trailer', `${CHUNK}0\r\n${CHUNKED}\r\n\r\n`],
  ['a folded trailer', `${CHUNK}0\r\nx: y\r\n z\r\n\r\n`],
];
for (const [name, body] of CHUNKS) add(`a chunk: ${name}`, 'refused', post(CHUNKED, body));
const CHUNKS_SOUND: ReadonlyArray<readonly [string, string]> = [
  ['in capitals', `${hex.toUpperCase()}\r\n${FIRST}\r\n${LAST_CHUNK}`],
  ['with leading zeros', `0000${hex}\r\n${FIRST}\r\n000\r\n\r\n`],
  ['with an extension', `${hex};a=b\r\n${FIRST}\r\n${LAST_CHUNK}`],
  ['with a trailer', `${CHUNK}0\r\nx: y\r\n\r\n`],
];
for (const [name, body] of CHUNKS_SOUND)
  add(`a chunk ${name}`, 'sound', post(CHUNKED, body).slice(0, -SMUGGLED.length));

// Hosts. The body is whole and the smuggled request lies inside of it, so nothing of it may ever be one.
const inside = `Content-Length: ${SMUGGLED.length}`;
function hosts(lines: string): string {
  return `POST ${CHAT_PATH} HTTP/1.1\r\n${lines}${inside}\r\n\r\n${SMUGGLED}`;
}
const HOSTS: ReadonlyArray<readonly [string, string]> = [
  ['twice', 'Host: localhost\r\nHost: localhost\r\n'],
  ['twice and different', 'Host: localhost\r\nHost: evil.example\r\n'],
  ['in two cases', 'Host: localhost\r\nHOST: evil.example\r\n'],
  ['missing', ''],
  ['empty', 'Host:\r\n'],
  ['with a user', 'Host: localhost@evil.example\r\n'],
  ['with a path', 'Host: localhost/evil\r\n'],
  ['with a query', 'Host: localhost?evil\r\n'],
  ['with a backslash', 'Host: localhost\\evil\r\n'],
  ['with a space', 'Host: localhost evil\r\n'],
  ['as a list', 'Host: localhost, evil.example\r\n'],
  ['with a NUL', 'Host: localhost\0\r\n'],
  ['folded', 'Host: localhost\r\n evil.example\r\n'],
  ['with a space before the colon', 'Host : localhost\r\n'],
  ['hidden behind 2,500 others', `Host: localhost\r\n${'a:\r\n'.repeat(2_500)}Host: evil.example\r\n`],
];
for (const [name, lines] of HOSTS) add(`a host ${name}`, 'refused', hosts(lines));

// Other headers that exist once.
for (const [name, line] of [
  ['two credentials', 'Authorization: Bearer a\r\nAuthorization: Bearer b'],
  ['two types', 'Content-Type: application/json'],
] as const)
  add(name, 'refused', post(`${line}\r\nContent-Length: ${N}`, FIRST));

// Lines.
const LINES: ReadonlyArray<readonly [string, string]> = [
  ['a tab', `POST\t${CHAT_PATH} HTTP/1.1`],
  ['a space in the path', `POST ${CHAT_PATH}/a b HTTP/1.1`],
  ['a NUL in the path', `POST ${CHAT_PATH}\0 HTTP/1.1`],
  ['a CR in the path', `POST ${CHAT_PATH}\r HTTP/1.1`],
  ['a word behind the version', `POST ${CHAT_PATH} HTTP/1.1 x`],
  ['no version', `POST ${CHAT_PATH}`],
  ['version 0.9', `POST ${CHAT_PATH} HTTP/0.9`],
  ['version 1.2', `POST ${CHAT_PATH} HTTP/1.2`],
  ['version 2.0', `POST ${CHAT_PATH} HTTP/2.0`],
  ['version 1.10', `POST ${CHAT_PATH} HTTP/1.10`],
  ['a version in small letters', `POST ${CHAT_PATH} http/1.1`],
  ['a method in small letters', `post ${CHAT_PATH} HTTP/1.1`],
  ['an unknown method', `SMUGGLE ${CHAT_PATH} HTTP/1.1`],
  ['a method with a NUL', `PO\0ST ${CHAT_PATH} HTTP/1.1`],
  ['a space at the front', ` POST ${CHAT_PATH} HTTP/1.1`],
  ['no path', 'POST HTTP/1.1'],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0'],
  ['a tunnel', 'CONNECT localhost:4000 HTTP/1.1'],
  ['a path of 20 KB', `POST /${'a'.repeat(20_000)} HTTP/1.1`],
];
for (const [name, line] of LINES)
  add(`a first line with ${name}`, 'refused', post(`Content-Length: ${N}`, FIRST, line));

// Headers.
const HEADERS: ReadonlyArray<readonly [string, string]> = [
  ['no colon', 'x'],
  ['no name', ': x'],
  ['a space in the name', 'x y: z'],
  ['a NUL in the name', 'x\0: y'],
  ['a bracket in the name', 'x(y): z'],
  ['a pseudo header', ':method: GET'],
  ['a NUL in the value', 'x: y\0z'],
  ['a bare CR in the value', 'x: y\rz'],
  ['a bell in the value', 'x: y\x07z'],
  ['a bare LF', 'x: y\nz: w'],
  ['a fold', 'x: y\r\n z'],
  ['a fold of nothing', 'x: y\r\n \r\n\t'],
  ['17 KB', `x: ${'y'.repeat(17_000)}`],
];
for (const [name, line] of HEADERS)
  add(`a header with ${name}`, 'refused', post(`${line}\r\nContent-Length: ${N}`, FIRST));
add(
  'lines that all end in LF',
  'refused',
  post(`Content-Length: ${N}`, '')
    .replaceAll('\r\n', '\n')
    .replace(SMUGGLED.replaceAll('\r\n', '\n'), FIRST + SMUGGLED),
);
add(
  'headers that end in LF LF',
  'refused',
  `POST ${CHAT_PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${N}\n\n${FIRST}${SMUGGLED}`,
);
add(
  'headers that end in CR CR',
  'refused',
  `POST ${CHAT_PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${N}\r\r${FIRST}${SMUGGLED}`,
);
add('a header of nothing but spaces', 'refused', post(`   \r\nContent-Length: ${N}`, FIRST));
add('a body that never ends', 'refused', post('Content-Length: 100000', FIRST));
add('a chunked body that never ends', 'refused', post(CHUNKED, CHUNK));
add('bytes of TLS', 'refused', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + SMUGGLED);
add('an expectation that is none', 'refused', post(`Expect: 200-maybe\r\n${inside}`, ''));

// The smuggled request as a body, where a refusal or an answer comes before the body was read.
const BODY_READERS: ReadonlyArray<readonly [string, string, SmugglingCase['end']]> = [
  ['no route', 'POST /nowhere HTTP/1.1', 'refused'],
  ['a list of models', 'GET /v1/models HTTP/1.1', 'refused'],
  ['health', 'GET /healthz HTTP/1.1', 'refused'],
  ['metrics', 'GET /metrics HTTP/1.1', 'refused'],
  ['what is no JSON', `POST ${CHAT_PATH} HTTP/1.1`, 'sound'],
  ['HEAD', 'HEAD /v1/models HTTP/1.1', 'refused'],
];
for (const [name, line, end] of BODY_READERS) {
  add(`a body for ${name}`, end, post(inside, '', line));
  const chunk = `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n${LAST_CHUNK}`;
  add(`a chunked body for ${name}`, end, post(CHUNKED, chunk, line).slice(0, -SMUGGLED.length));
}
add('a body larger than the limit', 'refused', post('Content-Length: 104857600', ''));
const ALONE: ReadonlyArray<readonly [string, string, string]> = [
  [
    'an upgrade to HTTP/2',
    'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n',
    'HTTP/1.1',
  ],
  ['an upgrade to a socket', 'Connection: Upgrade\r\nUpgrade: websocket\r\n', 'HTTP/1.1'],
  ['HTTP/1.0', '', 'HTTP/1.0'],
  ['RTSP', '', 'RTSP/1.0'],
];
for (const [name, headers, version] of ALONE)
  add(
    `${name} with a body`,
    'alone',
    post(`${headers}Content-Length: ${N}`, FIRST, `POST ${CHAT_PATH} ${version}`),
  );

// What is sound, so that a server that closes every connection does not pass for one that reads well.
const SOUND: ReadonlyArray<readonly [string, string]> = [
  ['a plain request', `Content-Length: ${N}`],
  ['a length with zeros', `Content-Length: 000${N}`],
  ['a length with spaces around', `Content-Length:   ${N}\t `],
  ['a header that looks like a coding', `Transfer_Encoding: chunked\r\nContent-Length: ${N}`],
  ['a connection that names the length', `Connection: content-length\r\nContent-Length: ${N}`],
  ['a connection that names the host', `Connection: host, keep-alive\r\nContent-Length: ${N}`],
  ['an expectation', `Expect: 100-continue\r\nContent-Length: ${N}`],
  ['a coding that is only offered', `TE: chunked, trailers\r\nContent-Length: ${N}`],
];
for (const [name, headers] of SOUND) add(name, 'sound', post(headers, FIRST).slice(0, -SMUGGLED.length));
add('two spaces in the first line', 'sound', requestFor('first').replace(' ', '  '));
add('a line end at the front', 'sound', `\r\n${requestFor('first')}`);
add(
  'a whole address as target',
  'sound',
  requestFor('first').replace(CHAT_PATH, `http://evil.example${CHAT_PATH}`),
);

export const SMUGGLING_CASES: readonly SmugglingCase[] = cases;
