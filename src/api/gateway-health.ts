/** How each provider has done lately, of the newest attempts in the ledger. */
import type { LedgerLine, LedgerReader } from '../ledger/question.ts';
import type { ProviderHealth } from './contract/gateway.ts';

export const HEALTH_MINUTES = 15;
/** Read as one page; a busy system has more in the stretch, and then the newest stand for it. */
const MOST_LINES = 1_000;
const FIRST_REFUSAL = 400;
const FIRST_FAILURE = 500;

export async function readAttempts(
  ledger: Pick<LedgerReader, 'page'>,
  nowMs: number,
): Promise<{ readonly lines: readonly LedgerLine[]; readonly cut: boolean }> {
  const { lines, nextCursor } = await ledger.page({
    during: { fromMs: nowMs - HEALTH_MINUTES * 60_000, toMs: nowMs + 1 },
    where: [{ dimension: 'leg', not: ['adjust'] }],
    simulated: 'include',
    limit: MOST_LINES,
    cursor: null,
  });
  return { lines, cut: nextCursor !== null };
}

/** @param lines newest first */
export function healthOf(lines: readonly LedgerLine[]): ProviderHealth[] {
  const attempts = new Map(
    lines
      .filter(({ attempt, provider }) => attempt !== '' && provider !== '')
      .map((line) => [line.attempt, line]),
  );
  const byProvider = Map.groupBy(
    attempts.values(),
    ({ provider, simulated, wire }) => `${provider} ${simulated} ${familyOf(wire)}`,
  );
  return [...byProvider.values()].map(ofProvider).toSorted((one, other) => other.attempts - one.attempts);
}

function ofProvider(lines: readonly LedgerLine[]): ProviderHealth {
  const [newest] = lines;
  const failed = lines.filter(isFailed).length;
  const answered = lines.filter((line) => !isFailed(line));
  const durations = answered.map(({ durationMs }) => durationMs);
  const firstBytes = answered
    .filter(({ stream, firstByteMs }) => stream && firstByteMs > 0)
    .map(({ firstByteMs }) => firstByteMs);
  return {
    provider: newest?.provider ?? '',
    family: familyOf(newest?.wire ?? ''),
    simulated: newest?.simulated ?? false,
    attempts: lines.length,
    failed,
    refused: lines.filter(isRefused).length,
    failedShare: lines.length === 0 ? null : failed / lines.length,
    durationP50Ms: quantile(durations, 0.5),
    durationP95Ms: quantile(durations, 0.95),
    firstByteP50Ms: quantile(firstBytes, 0.5),
    firstByteP95Ms: quantile(firstBytes, 0.95),
    lastAt: lines.reduce<string | null>(
      (last, { startedAt }) => (last === null || startedAt > last ? startedAt : last),
      null,
    ),
  };
}

/** `openai-chat` → `openai`: a provider of two dialects is told apart by how it was asked. */
function familyOf(wire: string): string {
  return wire.split('-')[0] ?? '';
}

/** As a breaker counts: a refusal of one request comes from a provider that is there. */
function isFailed({ status, httpStatus }: LedgerLine): boolean {
  return status === 'upstream_failed' || httpStatus >= FIRST_FAILURE;
}

function isRefused({ httpStatus }: LedgerLine): boolean {
  return httpStatus >= FIRST_REFUSAL && httpStatus < FIRST_FAILURE;
}

/** The smallest value that at least this share does not exceed (nearest rank): always one that was measured. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
