/** What the demo company thinks might happen to its largest workflow: scenarios over the forecast, all of them assumed. */

export interface DemoScenario {
  readonly id: string;
  readonly body: {
    readonly name: string;
    readonly workflow: string;
    readonly note: string;
    readonly changes: ReadonlyArray<{
      readonly driver: 'actions' | 'tokens' | 'rate';
      readonly times: number;
      readonly low?: number;
      readonly high?: number;
      readonly basis: 'assumed';
      readonly lever?: 'compression' | 'routing';
      readonly note?: string;
    }>;
  };
  readonly reason: string;
}

const WORKFLOW = 'Support copilot';
const ADOPTION = {
  driver: 'actions',
  times: 1.4,
  low: 1.25,
  high: 1.55,
  basis: 'assumed',
  note: 'A second region goes live',
} as const;

export function demoScenarios(): DemoScenario[] {
  return [
    {
      id: 'adoption-40',
      body: {
        name: 'Adoption +40%',
        workflow: WORKFLOW,
        note: 'Nobody touches the context',
        changes: [ADOPTION],
      },
      reason: 'For the annual plan',
    },
    {
      id: 'adoption-40-context-unmanaged',
      body: {
        name: 'Adoption +40%, context unmanaged',
        workflow: WORKFLOW,
        note: 'Histories grow and nobody trims them',
        changes: [ADOPTION, { driver: 'tokens', times: 1.3, low: 1.15, high: 1.45, basis: 'assumed' }],
      },
      reason: 'For the annual plan',
    },
    {
      id: 'adoption-40-levers-applied',
      body: {
        name: 'Adoption +40%, levers applied',
        workflow: WORKFLOW,
        note: 'Effects of levers are assumed until a gate has measured them',
        changes: [
          ADOPTION,
          { driver: 'tokens', times: 0.56, low: 0.48, high: 0.7, basis: 'assumed', lever: 'compression' },
          { driver: 'rate', times: 0.875, low: 0.8, high: 0.95, basis: 'assumed', lever: 'routing' },
        ],
      },
      reason: 'For the annual plan',
    },
  ];
}

/** Ended months before which the company locked a plan. */
export const PLANNED_MONTHS = 4;
