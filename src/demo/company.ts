/** Who the demo company is: fictional names, teams, customers with their plan and what they pay. Data and pure draws. */
import { createChance, seedOf } from './chance.ts';

export const COMPANY = 'Harborline Software';

export const TEAMS = ['CX', 'Legal Ops', 'Revenue', 'IT', 'Brand', 'Engineering'] as const;
export type Team = (typeof TEAMS)[number];

export const ENVIRONMENTS = ['production', 'staging', 'development'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

export type Plan = 'Starter' | 'Team' | 'Business' | 'Enterprise';

export interface Customer {
  readonly name: string;
  readonly plan: Plan;
  /** Whole dollars a month. */
  readonly monthlyRevenue: number;
  /** Share of the calls that customers cause, 0 to 1; all of them sum to 1. */
  readonly use: number;
}

export const CUSTOMER_COUNT = 140;
/** Uses like a large customer and pays like a small one: the one with a negative margin. */
export const LOSS_MAKER = 11;
const PARETO = 1.16; // 80 % of the use by 20 % of the customers
const LOSS_MAKER_REVENUE = 490;

const FIRST = [
  'Alder',
  'Bramble',
  'Cinder',
  'Dunmore',
  'Elmside',
  'Fenwick',
  'Glasshouse',
  'Hollow Oak',
  'Ironbark',
  'Juniper',
  'Kestrel',
  'Larkfield',
  'Millrace',
  'Northgate',
];
const SECOND = [
  'Mutual',
  'Freight',
  'Dental Group',
  'Robotics',
  'Foods',
  'Insurance',
  'Outfitters',
  'Analytics',
  'Travel',
  'Energy',
];

/** 140 customers, largest first by use. The same seed gives the same company. */
export function createCustomers(seed: string): readonly Customer[] {
  const chance = createChance(seedOf(`${seed} customers`));
  const weights = Array.from({ length: CUSTOMER_COUNT }, (_, rank) => (rank + 1.5) ** (-1 / PARETO));
  weights[LOSS_MAKER] = (weights[3] ?? 0) * 0.9;
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight, rank): Customer => {
    const use = weight / sum;
    const revenue =
      rank === LOSS_MAKER ? LOSS_MAKER_REVENUE : Math.round(use * 620_000 * (0.8 + 0.4 * chance.uniform()));
    return { name: nameOf(rank), plan: planOf(revenue), monthlyRevenue: revenue, use };
  });
}

/** Steps through both lists so that neighbours in size do not share a word. */
function nameOf(rank: number): string {
  return `${FIRST[rank % FIRST.length]} ${SECOND[(rank * 3 + Math.floor(rank / FIRST.length)) % SECOND.length]}`;
}

function planOf(revenue: number): Plan {
  if (revenue >= 15_000) return 'Enterprise';
  if (revenue >= 4_000) return 'Business';
  return revenue >= 1_000 ? 'Team' : 'Starter';
}

/** Picks customers by their share of use; `at` is in [0, 1). */
export function customerPicker(customers: readonly Customer[]): (at: number) => number {
  const ends: number[] = [];
  let sum = 0;
  for (const { use } of customers) ends.push((sum += use));
  return (at) => {
    let [low, high] = [0, ends.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] ?? 1) > at) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
