/** Readiness turns exactly where a call would be refused. */
import { expect, it } from 'vitest';

import type { GatewayCondition } from '../gateway/gateway.ts';
import { conditionOf } from './gateway-condition.ts';

type Parts = Parameters<typeof conditionOf>[0];

function condition(
  state: ReturnType<Parts['journal']['state']>,
  more: Partial<Parts> = {},
): GatewayCondition {
  return conditionOf({
    journal: { state: () => state, syncLagMs: () => 3.4 },
    rulebook: { current: () => ({ version: 7 }) as never, publishedAtMs: () => 10_000 },
    overload: { step: 'normal', share: 0 },
    nowMs: () => 70_000,
    ...more,
  });
}

it('a gateway with an open journal is ready, however old its rulebook is', () => {
  expect(condition('open', { nowMs: () => 86_410_000 })).toEqual({
    refusing: [],
    facts: { journal: 'open', syncLagMs: 3, rulebook: 7, rulebookAgeSeconds: 86_400, overload: 'normal' },
  });
});

it.each(['full', 'stopped', 'fenced', 'closed'] as const)(
  'one whose journal is %s is not, and says what it means',
  (state) => {
    const { refusing } = condition(state);
    expect(refusing.map(({ reason }) => reason)).toEqual([`journal_${state}`]);
    expect(refusing[0]?.detail).not.toMatch(/\//); // no path: anyone may ask
  },
);

it('one that refuses every call is not ready; one that sheds a share is', () => {
  expect(condition('open', { overload: { step: 'shedding', share: 1 } }).refusing).toMatchObject([
    { reason: 'overloaded' },
  ]);
  const shedding = condition('open', { overload: { step: 'shedding', share: 0.4 } });
  expect([shedding.refusing, shedding.facts['overload']]).toEqual([[], 'shedding']);
});
