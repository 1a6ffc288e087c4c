import { expect, it } from 'vitest';

import { createLeadWord, rollupKeeping } from './rollup-keeping.ts';

const SHARED = {
  registry: {} as never,
  ledger: { url: 'http://ledger.invalid', database: 'setpoint' } as never,
};

/** A channel from control to its ledger process; what is sent before anybody listens waits, as Node has it. */
function channel() {
  const sent: object[] = [];
  const listeners: Array<(message: unknown) => void> = [];
  return {
    child: {
      connected: true,
      send: (message: object) => {
        if (listeners.length === 0) sent.push(message);
        for (const listener of listeners) listener(message);
      },
    },
    onParentMessage(receive: (message: unknown) => void) {
      listeners.push(receive);
      for (const message of sent.splice(0)) receive(message);
    },
  };
}

it('keeps roll-ups while its control leads, and not while it stands by', async () => {
  const { child, onParentMessage } = channel();
  const word = createLeadWord();
  word.began(child);
  const waiting = rollupKeeping(SHARED, { onParentMessage }, new AbortController().signal);
  word.leads(false);
  const { keeps } = await waiting;
  expect(keeps()).toBe(false);
  word.leads(true);
  expect(keeps()).toBe(true);
  word.leads(false);
  expect(keeps()).toBe(false);
});

it('tells a ledger process that began later, or again, what is known', async () => {
  const word = createLeadWord();
  word.leads(true);
  for (let life = 0; life < 2; life += 1) {
    const { child, onParentMessage } = channel();
    word.began(child);
    expect((await rollupKeeping(SHARED, { onParentMessage }, new AbortController().signal)).keeps()).toBe(
      true,
    );
  }
});

it('loses no question that was asked before the ledger was open', async () => {
  const { child, onParentMessage } = channel();
  child.send({ ledgerAsk: 1 });
  const waiting = rollupKeeping(SHARED, { onParentMessage }, new AbortController().signal);
  child.send({ ledgerAsk: 2 });
  child.send({ leads: true });
  const { onMessage } = await waiting;
  child.send({ ledgerAsk: 3 });
  const heard: unknown[] = [];
  onMessage((message) => heard.push(message));
  child.send({ ledgerAsk: 4 });
  expect(heard).toEqual([1, 2, 3, 4].map((ledgerAsk) => ({ ledgerAsk })));
});

it('waits for nobody when it is asked to stop, nor where the ledger is this host’s alone', async () => {
  const { onParentMessage } = channel();
  const stopping = new AbortController();
  const waiting = rollupKeeping(SHARED, { onParentMessage }, stopping.signal);
  stopping.abort();
  expect((await waiting).keeps()).toBe(false);
  for (const alone of [
    { ...SHARED, ledger: undefined },
    { ...SHARED, registry: undefined },
  ])
    expect((await rollupKeeping(alone, { onParentMessage }, new AbortController().signal)).keeps()).toBe(
      true,
    );
});
