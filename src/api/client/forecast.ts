/** The forecast, as the client asks. */
import type {
  AccuracyAnswer,
  CommitmentAdvice,
  ForecastAnswer,
  ForecastProgress,
  HoursAnswer,
} from '../contract/forecast.ts';
import type {
  PlanAccuracyAnswer,
  PlanProposal,
  PlanRecord,
  ProjectAsk,
  ProjectionAnswer,
  ScenarioDraft,
  ScenarioRecord,
} from '../contract/plans.ts';
import type { Reach } from './reach.ts';

export interface ForecastAsk {
  /** One workflow (empty: the unattributed) or one team; neither: the organisation. */
  readonly workflow?: string | undefined;
  readonly team?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly months?: number | undefined;
  /** A date or instant of the past. */
  readonly asOf?: string | undefined;
  readonly level?: number | undefined;
}

export interface HoursAsk extends Pick<ForecastAsk, 'workflow' | 'team' | 'level'> {
  readonly days?: number | undefined;
}

export interface CommitmentAsk {
  readonly model: string;
  readonly provider?: string | undefined;
  readonly workflow?: string | undefined;
  readonly unitTokensPerHour: number;
  /** Decimal dollars. */
  readonly unitPricePerHour: string;
  readonly minimumUnits?: number | undefined;
  readonly increment?: number | undefined;
  readonly days?: number | undefined;
  readonly timeZone?: string | undefined;
}

type Scenario = ScenarioDraft & { readonly reason?: string };

export function forecastCalls({ get, ask: askOf, post, put, remove }: Reach) {
  const scenario = (id: string): string => `/scenarios/${encodeURIComponent(id)}`;
  const plan = (id: string, part = ''): string => `/plans/${encodeURIComponent(id)}${part}`;
  return {
    show: (ask: ForecastAsk = {}): Promise<ForecastAnswer> => get('/forecasts', { ...ask }),
    /** How far the same question has come that is under way. */
    progress: (ask: ForecastAsk = {}): Promise<ForecastProgress> => get('/forecasts/progress', { ...ask }),
    /** Forecasts made again as of the past, against what came. */
    accuracy: (ask: ForecastAsk = {}): Promise<AccuracyAnswer> => get('/forecasts/accuracy', { ...ask }),
    /** The next days by the hour. */
    hours: (ask: HoursAsk = {}): Promise<HoursAnswer> => get('/forecasts/hours', { ...ask }),
    commitment: (ask: CommitmentAsk): Promise<CommitmentAdvice> => get('/forecasts/commitment', { ...ask }),
    project: (ask: ProjectAsk): Promise<ProjectionAnswer> => askOf('/scenarios/project', ask),
    scenarios: (): Promise<{ readonly scenarios: readonly ScenarioRecord[] }> => get('/scenarios'),
    scenario: (id: string): Promise<ScenarioRecord> => get(scenario(id)),
    saveScenario: (draft: Scenario, idempotencyKey?: string): Promise<ScenarioRecord> =>
      post('/scenarios', draft, idempotencyKey),
    changeScenario: (id: string, draft: Scenario): Promise<ScenarioRecord> => put(scenario(id), draft),
    removeScenario: (id: string, reason?: string): Promise<ScenarioRecord> =>
      remove(scenario(id), { reason }),
    plans: (): Promise<{ readonly sentence: string; readonly plans: readonly PlanRecord[] }> => get('/plans'),
    plan: (id: string): Promise<PlanRecord> => get(plan(id)),
    proposePlan: (proposal: PlanProposal, idempotencyKey?: string): Promise<PlanRecord> =>
      post('/plans', proposal, idempotencyKey),
    lockPlan: (id: string, reason?: string): Promise<PlanRecord> => post(plan(id, '/lock'), { reason }),
    withdrawPlan: (id: string, reason?: string): Promise<PlanRecord> =>
      post(plan(id, '/withdraw'), { reason }),
    planAccuracy: (
      ask: { readonly months?: number; readonly timeZone?: string } = {},
    ): Promise<PlanAccuracyAnswer> => get('/plans/accuracy', { ...ask }),
  };
}
