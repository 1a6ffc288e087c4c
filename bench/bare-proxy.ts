/**
 * The yardstick of `bench overhead`: the least that a Node proxy can do. It reads the body, dispatches it with undici
 * and copies the answer back. No key, no attribution, no usage, no journal.
 */
import { createServer } from 'node:http';

import { Agent } from 'undici';

const [port = '0', upstream = ''] = process.argv.slice(2);
const origin = new URL(upstream).origin;
const agent = new Agent({ connections: 256, pipelining: 1 });

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => void chunks.push(chunk));
  request.on('end', () => {
    agent.dispatch(
      {
        origin,
        path: request.url ?? '/',
        method: request.method as 'POST',
        headers: ['content-type', 'application/json', 'authorization', request.headers.authorization ?? ''],
        body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks),
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
