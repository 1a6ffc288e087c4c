/**
 * Who caused the spend that said nothing: rules backwards over the ledger, coverage, what is missing, and shared cost
 * divided among those who share it. The front door; `README.md` beside it has the model.
 */
import type { LedgerPoster } from '../../ledger/posting.ts';
import type { LedgerReader, Question, Span } from '../../ledger/question.ts';
import type { AttributionDecision, AttributionKind, AttributionRegistry } from '../../registry/registry.ts';
import type { AttributionRule } from '../../rulebook/rulebook.ts';
import { applyRules } from './apply.ts';
import type { Applied } from './apply.ts';
import { postCommitment } from './commitments.ts';
import type { Commitment, PostedPeriod } from './commitments.ts';
import { previewRules } from './preview.ts';
import type { Preview } from './preview.ts';
import { everyRule, inForce, MOST_RULES, ruleBody, ruleProblems, rulesInForce } from './rules.ts';
import type { DraftProblem, RuleDraft } from './rules.ts';
import { applySplit, planSplit, reverseSplit, standing } from './shared-cost.ts';
import type { Split, SplitOutcome } from './shared-cost.ts';
import { commitmentProblems, splitProblems } from './sharing-drafts.ts';
import type { SplitDraft } from './sharing-drafts.ts';

export { COVERAGE_TARGET, coverageOf, readCoverage, shareOf } from './coverage.ts';
export type { Coverage, FieldCoverage } from './coverage.ts';
export type { Amount } from './groups.ts';
export type { Applied } from './apply.ts';
export type { Commitment, PostedPeriod } from './commitments.ts';
export { readMissing } from './missing.ts';
export type { Missing } from './missing.ts';
export type { SplitRecord, SplitSource } from './origins.ts';
export type { Preview } from './preview.ts';
export { forwardOnly, rulesInForce } from './rules.ts';
export type { DraftProblem, RuleDraft } from './rules.ts';
export { recordOf } from './shared-cost.ts';
export type { Split, SplitOutcome } from './shared-cost.ts';
export type { SplitDraft } from './sharing-drafts.ts';
export type { SplitMethod, SplitTarget } from './split.ts';

export interface AttributionParts {
  readonly ledger: LedgerReader;
  readonly poster: Pick<LedgerPoster, 'post' | 'move'>;
  readonly registry: AttributionRegistry;
  /** The team that owns a workflow; empty when nobody said. */
  readonly teamOf: (workflow: string) => string;
  readonly now: () => number;
}

/** A decision, or everything that speaks against it. */
export type Decided =
  | { readonly kind: 'decided'; readonly decision: AttributionDecision }
  | { readonly kind: 'problems'; readonly problems: readonly DraftProblem[] };

export interface Attributing {
  /** Adds a version of a rule; it names calls from the next rulebook on, and past ones when it is applied. */
  decideRule(draft: RuleDraft, reason: string, actor: string, ifVersion?: number): Promise<Decided>;
  decideSplit(draft: SplitDraft, reason: string, actor: string): Promise<Decided>;
  decideCommitment(draft: Omit<Commitment, 'version'>, reason: string, actor: string): Promise<Decided>;
  /** @returns undefined when there is nothing of that id in force. Where `ifVersion` is not its newest: throws VersionMoved. */
  withdraw(
    kind: AttributionKind,
    id: string,
    reason: string,
    actor: string,
    ifVersion?: number,
  ): Promise<AttributionDecision | undefined>;
  splits(): Promise<Split[]>;
  commitments(): Promise<Commitment[]>;
  /** What the rules in force, with drafts in place of those of their ids, would move. Writes nothing. */
  preview(ask: RulesAsk & { readonly simulated: Question['simulated'] }): Promise<Preview>;
  apply(ask: RulesAsk & { readonly actor: string }): Promise<Applied>;
  previewSplit(split: Split, month: string): ReturnType<typeof planSplit>;
  applySplit(split: Split, ask: { readonly during: Span; readonly actor: string }): Promise<SplitOutcome[]>;
  reverseSplit(ask: {
    readonly split: string;
    readonly month: string;
    readonly actor: string;
  }): Promise<SplitOutcome[]>;
  /** Records of a month that stand, whatever split made them. */
  allocations(month: string): ReturnType<typeof standing>;
  postCommitment(
    commitment: Commitment,
    ask: { readonly during: Span; readonly actor: string },
  ): Promise<PostedPeriod[]>;
}

export interface RulesAsk {
  readonly during: Span;
  /** Rules that are not decided yet. */
  readonly drafts?: readonly RuleDraft[];
  /** Ids of the rules to look at; empty: all in force, and the drafts. */
  readonly only: readonly string[];
}

export function openAttributing(parts: AttributionParts): Attributing {
  const { ledger, registry, teamOf } = parts;
  const decide = async (
    ask: Parameters<AttributionRegistry['decide']>[0],
    problems: readonly DraftProblem[],
    actor: string,
  ): Promise<Decided> => {
    if (problems.length > 0) return { kind: 'problems', problems };
    const decision = await registry.decide(ask, actor);
    if (decision === undefined) throw new Error(`the decision on ${ask.kind} "${ask.id}" was not kept`);
    return { kind: 'decided', decision };
  };
  const commitments = async (): Promise<Commitment[]> =>
    inForce(await registry.decisions('commitment')).map(
      ({ id, version, body }) => ({ ...body, id, version }) as unknown as Commitment,
    );
  const splitting = () => ({ ledger, poster: parts.poster, registry, nowMs: parts.now() });
  return {
    async decideRule(draft, reason, actor, ifVersion) {
      const others = rulesInForce(await registry.decisions('rule')).filter(({ id }) => id !== draft.id);
      const full =
        others.length < MOST_RULES ? [] : [{ path: 'id', message: `${MOST_RULES} rules are in force` }];
      const ask = { kind: 'rule', id: draft.id, action: 'set', reason, ifVersion } as const;
      return decide({ ...ask, body: ruleBody(draft) }, [...ruleProblems(draft), ...full], actor);
    },
    async decideSplit(draft, reason, actor) {
      const { id, ...body } = draft;
      const ask = { kind: 'split', id, action: 'set', body, reason } as const;
      return decide(ask, splitProblems(draft, await commitments()), actor);
    },
    async decideCommitment(draft, reason, actor) {
      const { id, ...body } = draft;
      return decide(
        { kind: 'commitment', id, action: 'set', body, reason },
        commitmentProblems(draft),
        actor,
      );
    },
    withdraw: (kind, id, reason, actor, ifVersion) =>
      registry.decide({ kind, id, action: 'withdraw', reason, ifVersion }, actor),
    async splits() {
      return inForce(await registry.decisions('split')).map(
        ({ id, version, body }) => ({ ...body, id, version }) as unknown as Split,
      );
    },
    commitments,
    async preview({ simulated, ...ask }) {
      const { rules, versions } = await chosen(registry, ask);
      return previewRules(ledger, { rules, history: { versions, teamOf }, during: ask.during, simulated });
    },
    async apply({ actor, ...ask }) {
      const { rules, versions } = await chosen(registry, ask);
      return applyRules(parts, { rules, history: { versions, teamOf }, during: ask.during, actor });
    },
    async previewSplit(split, month) {
      const locked = await ledger.lockedMonths();
      return planSplit(splitting(), split, { month, locked, commitments: await commitments() });
    },
    async applySplit(split, ask) {
      return applySplit(splitting(), split, { ...ask, commitments: await commitments() });
    },
    reverseSplit: (ask) => reverseSplit(splitting(), ask),
    async allocations(month) {
      const splits = new Set((await registry.postings('split')).map(({ subject }) => subject));
      const all = await Promise.all([...splits].map((split) => standing({ registry }, split, month)));
      return all.flat();
    },
    postCommitment: (commitment, ask) => postCommitment(splitting(), commitment, ask),
  };
}

/** The rules asked for, each draft as the version that it would be. */
async function chosen(
  registry: AttributionRegistry,
  { drafts = [], only }: RulesAsk,
): Promise<{ rules: AttributionRule[]; versions: AttributionRule[] }> {
  const decisions = await registry.decisions('rule');
  const drafted = drafts.map((draft): AttributionRule => {
    const last = decisions.findLast(({ id }) => id === draft.id);
    return { ...draft, version: (last?.version ?? 0) + 1 };
  });
  const ids = new Set(drafted.map(({ id }) => id));
  const rules = [...rulesInForce(decisions).filter(({ id }) => !ids.has(id)), ...drafted];
  return {
    rules: only.length === 0 ? rules : rules.filter(({ id }) => only.includes(id)),
    versions: everyRule(decisions),
  };
}
