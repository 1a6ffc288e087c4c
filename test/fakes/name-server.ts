/** A name server on UDP that answers every question for an IPv4 address with the next of its addresses, and lets nobody keep it. */
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';

import type { Resolve } from '../../src/gateway/egress/connector.ts';

/** @returns a resolver that asks it, over the network of this machine. */
export async function startNameServer(
  addresses: readonly string[],
): Promise<{ readonly resolve: Resolve; readonly stop: () => void }> {
  const socket = createSocket('udp4');
  let asked = 0;
  socket.on('message', (question, from) => {
    const address = addresses[asked % addresses.length] ?? '0.0.0.0';
    asked += 1;
    socket.send(answerOf(question, address), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const resolver = new Resolver({ timeout: 2_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  return {
    resolve: async (hostname) =>
      (await resolver.resolve4(hostname)).map((address) => ({ address, family: 4 })),
    stop: () => {
      resolver.cancel();
      socket.close();
    },
  };
}

/** RFC 1035 §4.1: the question again, and one A record with a time to live of 0 that points back to its name. */
function answerOf(question: Buffer, address: string): Buffer {
  const end = question.indexOf(0, 12) + 5; // the name, its closing zero, type and class
  const header = Buffer.from(question.subarray(0, 12));
  header.writeUInt16BE(0x8180, 2); // an answer, recursion as asked and given
  header.writeUInt16BE(1, 6); // one answer
  header.writeUInt32BE(0, 8); // nothing else
  const record = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]);
  return Buffer.concat([header, question.subarray(12, end), record]);
}
