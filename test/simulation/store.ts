/** The store of the simulation: rows and the tokens it has seen, as ClickHouse does it; it can fail on either side of a commit. */
import type { LineSink } from '../../src/ledger/drain/drain.ts';
import type { LinePosition } from '../../src/ledger/line.ts';
import type { Intent, Settlement } from '../../src/gateway/call.ts';
import { sideTotal } from '../../src/units/tokens.ts';
import type { Dice } from './time.ts';

export interface Row {
  readonly attempt: string;
  readonly leg: 'settle' | 'presume';
  readonly journal: string;
  readonly sequence: number;
  readonly startedAtMs: number;
  readonly workflow: string;
  readonly team: string;
  readonly basis: string;
  readonly status: string;
  readonly cost: bigint;
  readonly tokens: bigint;
  readonly calls: bigint;
}

export class Store implements LineSink {
  readonly rows: Row[] = [];
  readonly #tokens = new Set<string>();
  readonly #dice: Dice;
  down = false;
  /** How often an insert fails before or after its commit. */
  flaky = 0;
  /** A control: a store that forgets what it has seen. */
  readonly forgetful: boolean;

  constructor(dice: Dice, forgetful: boolean) {
    this.#dice = dice;
    this.forgetful = forgetful;
  }

  async insert({ token, rows }: { readonly token: string; readonly rows: readonly Buffer[] }): Promise<void> {
    if (this.down || this.#dice.chance(this.flaky)) throw new Error('the store is down');
    if (!this.#tokens.has(token) || this.forgetful) {
      this.#tokens.add(token);
      for (const frame of rows)
        for (const line of frame.toString().trimEnd().split('\n')) this.rows.push(decode(line));
    }
    if (this.#dice.chance(this.flaky)) throw new Error('time-out after the commit');
  }

  async existing(journal: string, first: number, last: number): Promise<ReadonlySet<number>> {
    if (this.down) throw new Error('the store is down');
    const found = this.rows.filter(
      (row) => row.journal === journal && row.sequence >= first && row.sequence <= last,
    );
    return new Set(this.forgetful ? [] : found.map(({ sequence }) => sequence));
  }
}

type Plain = [
  string,
  Row['leg'],
  string,
  number,
  number,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
];

export function encodeSettled(settlement: Settlement, at: LinePosition): string {
  const { intent, charges, status } = settlement;
  let cost = 0n;
  let tokens = 0;
  for (const charge of charges) {
    if (charge.cost.kind === 'priced') cost += charge.cost.total;
    tokens += sideTotal(charge.usage, 'input') + sideTotal(charge.usage, 'output');
  }
  return encode(intent, at, { leg: 'settle', basis: charges[0]?.basis ?? '', status, cost, tokens });
}

export function encodePresumedRow(intent: Intent, at: LinePosition): string {
  const { usage, cost } = intent.presumed;
  return encode(intent, at, {
    leg: 'presume',
    basis: 'presumed',
    status: 'crashed',
    cost: cost.kind === 'priced' ? cost.total : 0n,
    tokens: sideTotal(usage, 'input') + sideTotal(usage, 'output'),
  });
}

function encode(
  intent: Intent,
  at: LinePosition,
  told: { leg: Row['leg']; basis: string; status: string; cost: bigint; tokens: number },
): string {
  const calls = intent.attemptNumber === 1 ? '1' : '0';
  const { workflow, team } = intent.attribution;
  const plain: Plain = [
    intent.attempt,
    told.leg,
    at.journal,
    at.sequence,
    intent.startedAtMs,
    workflow,
    team,
    told.basis,
    told.status,
    String(told.cost),
    String(told.tokens),
    calls,
  ];
  return `${JSON.stringify(plain)}\n`;
}

function decode(line: string): Row {
  const [attempt, leg, journal, sequence, startedAtMs, workflow, team, basis, status, cost, tokens, calls] =
    JSON.parse(line) as Plain;
  return {
    attempt,
    leg,
    journal,
    sequence,
    startedAtMs,
    workflow,
    team,
    basis,
    status,
    cost: BigInt(cost),
    tokens: BigInt(tokens),
    calls: BigInt(calls),
  };
}
