/**
 * Carried: what an answer to one request tells of other calls. The results of a batch are calls of their own, priced at
 * the batch tier when they are fetched; the end of a background response is one more attempt of the call that began it.
 *
 * Once each, as far as this process remembers: another worker, or this one after a restart, does not know what was
 * recorded before. A background response whose beginning this process has not seen is left alone, since it may have
 * been charged elsewhere.
 */
import type { Charge, Intent, Recorder, Settlement } from '../call.ts';
import type { PriceBook } from '../../prices/prices.ts';
import type { Id } from '../../units/ids.ts';
import { sideTotal } from '../../units/tokens.ts';
import type { CarriedResult, Reading } from '../wires/wire.ts';
import { isFinal, reportedCharges } from './meter.ts';

const RESULTS_REMEMBERED = 200_000;
const BACKGROUND_REMEMBERED = 10_000;

export interface CarriedOptions {
  readonly recorder: Recorder;
  readonly newId: () => Id;
  readonly nowMs: () => number;
  readonly settled: (settlement: Settlement) => void;
}

export class CarriedLines {
  readonly #options: CarriedOptions;
  readonly #recorded = new Set<string>();
  readonly #begun = new Map<string, Intent>();

  constructor(options: CarriedOptions) {
    this.#options = options;
  }

  /** A call was answered before its usage was known. */
  await(responseId: string, intent: Intent): void {
    if (responseId === '') return;
    this.#begun.set(resultName(intent, responseId), intent);
    forgetOldest(this.#begun, BACKGROUND_REMEMBERED);
  }

  /** Background responses whose result nobody has asked for yet. */
  get awaited(): number {
    return this.#begun.size;
  }

  /** @throws when a line cannot be recorded; the result counts as not recorded then. */
  record(result: CarriedResult, carrier: Intent, prices: PriceBook): void {
    if (result.of === 'background') this.#recordBackground(result, carrier, prices);
    else this.#recordBatch(result, carrier, prices);
  }

  #recordBackground({ once, reading }: CarriedResult, carrier: Intent, prices: PriceBook): void {
    const name = resultName(carrier, once);
    const begun = this.#begun.get(name);
    if (begun === undefined) return;
    this.#write(
      {
        ...begun,
        attempt: this.#options.newId(),
        attemptNumber: begun.attemptNumber + 1,
        kind: 'result',
        startedAtMs: this.#options.nowMs(),
        presumed: NOTHING_PRESUMED,
      },
      reading,
      prices,
      'usage of a background response, told by its retrieval',
    );
    this.#begun.delete(name);
  }

  #recordBatch(result: CarriedResult, carrier: Intent, prices: PriceBook): void {
    const name = resultName(carrier, result.once);
    if (this.#recorded.has(name)) return;
    const id = this.#options.newId();
    const reading = { ...result.reading, serviceTier: 'batch' };
    this.#write(
      {
        ...carrier,
        call: id,
        attempt: id,
        attemptNumber: 1,
        kind: 'result',
        startedAtMs: this.#options.nowMs(),
        attribution: { ...carrier.attribution, request: id },
        wire: result.wire,
        endpoint: result.wire === 'openai-embeddings' ? 'embeddings' : 'inference',
        modelRequested: result.model,
        model: result.model,
        stream: false,
        presumed: NOTHING_PRESUMED,
      },
      reading,
      prices,
      `batch result ${result.label}, priced when it was fetched`,
    );
    this.#recorded.add(name);
    forgetOldest(this.#recorded, RESULTS_REMEMBERED);
  }

  #write(intent: Intent, reading: Reading, prices: PriceBook, flag: string): void {
    const { recorder, settled } = this.#options;
    const charges: Charge[] = isFinal(reading)
      ? reportedCharges(reading, intent, prices).map((charge) => ({
          ...charge,
          flag: charge.flag === '' ? flag : `${flag}; ${charge.flag}`,
        }))
      : [
          {
            part: 'call',
            model: intent.model,
            usage: {},
            basis: 'reported',
            flag: `${flag}; it states no usage`,
            // A request that failed inside a batch is not billed; one that did not says what it used.
            cost: reading.failed
              ? { kind: 'priced', total: 0n, buckets: [] }
              : { kind: 'unpriced', missing: [] },
          },
        ];
    const input = sideTotal(charges[0]?.usage ?? {}, 'input');
    const output = sideTotal(charges[0]?.usage ?? {}, 'output');
    const settlement: Settlement = {
      intent,
      status: reading.failed ? 'upstream_error' : 'ok',
      httpStatus: 200,
      finishReason: reading.finishReason,
      modelReturned: reading.modelReturned,
      responseId: reading.responseId,
      serviceTier: reading.serviceTier,
      geo: reading.geo,
      durationMs: 0,
      firstByteMs: 0,
      overheadMicros: 0,
      composition: {
        basis: 'unknown',
        input: input > 0 ? { unknown: input } : {},
        output: output > 0 ? { text: output } : {},
      },
      charges,
    };
    recorder.intend(intent);
    recorder.settle(settlement);
    settled(settlement);
  }
}

const NOTHING_PRESUMED: Intent['presumed'] = { usage: {}, cost: { kind: 'unpriced', missing: [] } };

/** Ids are a provider's own, and two providers may use the same. */
function resultName({ provider, account = '' }: Intent, once: string): string {
  return `${provider}\n${account}\n${once}`;
}

function forgetOldest(kept: Set<string> | Map<string, unknown>, most: number): void {
  if (kept.size <= most) return;
  for (const name of kept.keys()) {
    kept.delete(name);
    return;
  }
}
