/**
 * What the gateway says of itself, in the Prometheus text format. Labels have few values by construction:
 * wire, provider and status only; who caused a call is the ledger's business, never a label's.
 */
import type { Settlement } from './call.ts';

export interface GatewayMetrics {
  refused(code: string): void;
  settled(settlement: Settlement): void;
  /** A connection to a provider was not made, since its address is none that may be called. */
  egressRefused(): void;
  /** A connection was closed at once, since there are as many as may be. */
  dropped(): void;
  opened(): void;
  closed(): void;
  text(): string;
  /** The figures of the process that /metrics shows beside its counters. */
  gauges(): Readonly<Record<string, number>>;
  /** Calls that are under way. */
  readonly inFlight: number;
}

export function createMetrics(gauges: () => Readonly<Record<string, number>>): GatewayMetrics {
  const attempts = new Map<string, number>();
  const refusals = new Map<string, number>();
  let inFlight = 0;
  let overheadMicros = 0;
  let egressRefusals = 0;
  let drops = 0;
  return {
    refused: (code) => void refusals.set(code, (refusals.get(code) ?? 0) + 1),
    settled({ intent, status, overheadMicros: micros }) {
      const id = `${intent.provider}\n${intent.wire}\n${status}\n${intent.simulated}`;
      attempts.set(id, (attempts.get(id) ?? 0) + 1);
      overheadMicros += micros;
    },
    egressRefused: () => void (egressRefusals += 1),
    dropped: () => void (drops += 1),
    opened: () => void (inFlight += 1),
    closed: () => void (inFlight -= 1),
    get inFlight() {
      return inFlight;
    },
    gauges,
    text() {
      const lines = [
        '# HELP setpoint_attempts_total Attempts settled.',
        '# TYPE setpoint_attempts_total counter',
      ];
      for (const [id, count] of attempts)
        lines.push(`setpoint_attempts_total{${attemptLabels(id)}} ${count}`);
      lines.push(
        '# HELP setpoint_refusals_total Requests refused before dispatch.',
        '# TYPE setpoint_refusals_total counter',
      );
      for (const [code, count] of refusals) lines.push(`setpoint_refusals_total{code="${code}"} ${count}`);
      lines.push(
        '# HELP setpoint_overhead_seconds_total Time between accept and dispatch.',
        '# TYPE setpoint_overhead_seconds_total counter',
      );
      lines.push(`setpoint_overhead_seconds_total ${overheadMicros / 1e6}`);
      lines.push(
        '# HELP setpoint_egress_refused_total Connections not made, since the address may not be called.',
        '# TYPE setpoint_egress_refused_total counter',
        `setpoint_egress_refused_total ${egressRefusals}`,
        '# HELP setpoint_connections_dropped_total Connections closed at once, since the worker had as many as it may.',
        '# TYPE setpoint_connections_dropped_total counter',
        `setpoint_connections_dropped_total ${drops}`,
      );
      lines.push('# HELP setpoint_calls_in_flight Calls under way.', '# TYPE setpoint_calls_in_flight gauge');
      lines.push(`setpoint_calls_in_flight ${inFlight}`);
      for (const [name, value] of Object.entries(gauges())) {
        lines.push(`# TYPE setpoint_${name} gauge`, `setpoint_${name} ${value}`);
      }
      return `${lines.join('\n')}\n`;
    },
  };
}

function attemptLabels(id: string): string {
  const [provider = '', wire, status, simulated] = id.split('\n');
  return `provider="${label(provider)}",wire="${wire}",status="${status}",simulated="${simulated}"`;
}

function label(value: string): string {
  return value.replace(/[\\"\n]/g, '_');
}
