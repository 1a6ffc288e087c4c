/** Rules decided and withdrawn, with the decision that is the inverse. What a rule was applied to is posted, and stays. */
import type { AppliedAnswer, NewRule, Rule, RuleList } from '../../../api/contract/attribution.ts';
import { useDecision } from '../../parts/decide.ts';
import { api } from '../../parts/server.ts';

const KEY = ['attribution'] as const;
const RULES = ['attribution', 'rules'] as const;
const TAKEN_BACK = 'taken back right after it was decided';

/** A rule in force, as it is sent to be decided again. */
export function sentOf(rule: Rule): NewRule {
  const { id, order, when, set, override, hours, from, until } = rule;
  const bounds = { ...(from !== null && { from }), ...(until !== null && { until }) };
  return { id, order, when, set, override, ...(hours !== null && { hours }), ...bounds };
}

interface Adding {
  readonly rule: NewRule;
  /** Names what is past too: lines are posted, so that there is nothing that takes it all back. */
  readonly apply: boolean;
}

export interface Added {
  readonly rule: Rule;
  /** The version that it took the place of. */
  readonly before: Rule | undefined;
  readonly published: boolean;
  readonly applied: AppliedAnswer | undefined;
}

export function useRuleAdding(during: string) {
  return useDecision({
    async call({ rule, apply }: Adding): Promise<Added> {
      const before = (await api.attribution.rules(false)).rules.find(({ id }) => id === rule.id);
      const { rule: now, published } = await api.attribution.addRule({
        ...rule,
        ...(before !== undefined && { ifVersion: before.version }),
      });
      const applied = apply ? await api.attribution.apply({ during, only: [rule.id] }) : undefined;
      return { rule: now, before, published, applied };
    },
    // A rule that was added stays added when applying it failed: what is is asked for in any case.
    changes: KEY,
    done: ({ rule, before, published, applied }) => {
      if (applied !== undefined) return undefined;
      return {
        text: `Rule ${rule.id} is ${before === undefined ? 'added' : 'changed'}`,
        effect: `It names calls to come; no money was moved.${late(published)}`,
        undo: () =>
          before === undefined
            ? api.attribution.withdrawRule(rule.id, TAKEN_BACK, rule.version)
            : api.attribution.addRule({ ...sentOf(before), reason: TAKEN_BACK, ifVersion: rule.version }),
      };
    },
  });
}

export function useRuleWithdrawal(rule: Rule) {
  return useDecision({
    call: (reason: string) => api.attribution.withdrawRule(rule.id, reason, rule.version),
    changes: KEY,
    shows: {
      key: RULES,
      as: ({ rules }: RuleList) => ({
        rules: rules.filter(({ id, state }) => id !== rule.id || state !== 'in-force'),
      }),
    },
    done: ({ rule: now, published }) => ({
      text: `Rule ${rule.id} is withdrawn`,
      effect: `It names no call from now on; what it has named stays named.${late(published)}`,
      undo: () => api.attribution.addRule({ ...sentOf(rule), reason: TAKEN_BACK, ifVersion: now.version }),
    }),
    refusedAs: () => `Withdraw rule ${rule.id}`,
  });
}

function late(published: boolean): string {
  return published ? '' : ' The gateways could not be told yet; they will be at the next publication.';
}
