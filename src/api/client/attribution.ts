/** Attribution and sharing, as the client asks. */
import type {
  AppliedAnswer,
  ApplyAsk,
  CoverageAnswer,
  DecidedRule,
  MissingAnswer,
  NewRule,
  PreviewAnswer,
  PreviewAsk,
  RuleList,
} from '../contract/attribution.ts';
import type {
  AllocationList,
  Commitment,
  CommitmentList,
  NewCommitment,
  NewSplit,
  PostedPeriods,
  Split,
  SplitList,
  SplitOutcomes,
} from '../contract/sharing.ts';
import type { Reach } from './reach.ts';

export interface CoverageAsk {
  readonly during?: string;
  readonly where?: readonly string[];
  readonly timeZone?: string;
  readonly simulated?: 'exclude' | 'include' | 'only';
  readonly by?: 'day' | 'week' | 'month';
}

export interface MissingAsk {
  readonly during?: string;
  readonly timeZone?: string;
  readonly simulated?: 'exclude' | 'include' | 'only';
  readonly limit?: number;
}

export function attributionCalls({ get, ask: askOf, post, remove }: Reach) {
  const at = (kind: string, id: string, action = ''): string =>
    `/attribution/${kind}/${encodeURIComponent(id)}${action === '' ? '' : `/${action}`}`;
  return {
    coverage: (ask: CoverageAsk): Promise<CoverageAnswer> => get('/attribution/coverage', { ...ask }),
    missing: (ask: MissingAsk): Promise<MissingAnswer> => get('/attribution/missing', { ...ask }),
    preview: (ask: PreviewAsk): Promise<PreviewAnswer> => askOf('/attribution/preview', ask),
    apply: (ask: ApplyAsk): Promise<AppliedAnswer> => post('/attribution/apply', ask),
    rules: (all: boolean): Promise<RuleList> => get('/attribution/rules', all ? { all: 'true' } : {}),
    addRule: (rule: NewRule): Promise<DecidedRule> => post('/attribution/rules', rule),
    withdrawRule: (id: string, reason?: string, ifVersion?: number): Promise<DecidedRule> =>
      remove(at('rules', id), { reason, ifVersion }),
    splits: (): Promise<SplitList> => get('/attribution/splits'),
    addSplit: (split: NewSplit): Promise<Split> => post('/attribution/splits', split),
    withdrawSplit: (id: string): Promise<Split> => remove(at('splits', id)),
    previewSplit: (id: string, month: string): Promise<SplitOutcomes> =>
      askOf(at('splits', id, 'preview'), { month }),
    applySplit: (id: string, ask: { during?: string }): Promise<SplitOutcomes> =>
      post(at('splits', id, 'apply'), ask),
    reverseSplit: (id: string, month: string): Promise<SplitOutcomes> =>
      post(at('splits', id, 'reverse'), { month }),
    allocations: (month: string): Promise<AllocationList> => get('/attribution/allocations', { month }),
    commitments: (): Promise<CommitmentList> => get('/attribution/commitments'),
    addCommitment: (commitment: NewCommitment): Promise<Commitment> =>
      post('/attribution/commitments', commitment),
    withdrawCommitment: (id: string): Promise<Commitment> => remove(at('commitments', id)),
    postCommitment: (id: string, ask: { during?: string }): Promise<PostedPeriods> =>
      post(at('commitments', id, 'post'), ask),
  };
}
