/**
 * The yardstick of `bench overhead`: the least that a Node proxy can do. It reads the body, dispatches it with undici
 * and copies the answer back. No key, no attribution, no usage, no journal.
 */
import { hash } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';

import { Agent } from 'undici';

const [port = '0', upstream = '', journal = ''] = process.argv.slice(2);
/**
 * With a file named, the proxy also does the least that recording a call asks of anyone: parse the body once, hash it
 * once, and write 1 KB before the dispatch and 1 KB before the end. What is above this is the gateway's own.
 */
const file = journal === '' ? undefined : openSync(journal, 'w');
const record = Buffer.alloc(1_024, 0x20);
let written = 0;
function work(body: Buffer): void {
  JSON.parse(body.toString('latin1'));
  hash('sha256', body);
  write();
}
function write(): void {
  if (file !== undefined) written += writeSync(file, record, 0, record.length, written);
}

const origin = new URL(upstream).origin;
const agent = new Agent({ connections: 256, pipelining: 1 });

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => void chunks.push(chunk));
  request.on('end', () => {
    const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    if (file !== undefined) work(body);
    agent.dispatch(
      {
        origin,
        path: request.url ?? '/',
        method: request.method as 'POST',
        headers: ['content-type', 'application/json', 'authorization', request.headers.authorization ?? ''],
        body,
      },
      {
        onRequestStart: () => undefined,
        onResponseStart(_controller, status, headers) {
          response.writeHead(status, {
            'content-type': String(headers['content-type'] ?? 'application/json'),
          });
        },
        onResponseData(controller, chunk) {
          if (!response.write(chunk)) {
            controller.pause();
            response.once('drain', () => controller.resume());
          }
        },
        onResponseEnd() {
          write();
          response.end();
        },
        onResponseError() {
          response.destroy();
        },
      },
    );
  });
}).listen(Number(port), '127.0.0.1', function listening(this: import('node:http').Server) {
  process.send?.({ listening: (this.address() as import('node:net').AddressInfo).port });
});
