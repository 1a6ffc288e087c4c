/** How the registry says that it cannot serve just now: nothing here is a fault of the caller or of the program. */

/** The database does not answer, or broke off. */
export class RegistryAway extends Error {
  override readonly name = 'RegistryAway';
  /** `unknown`: it broke off while a decision was being committed, so that it may stand or not. */
  readonly outcome: 'nothing-changed' | 'unknown';

  constructor(reason: string, outcome: 'nothing-changed' | 'unknown' = 'nothing-changed') {
    super(reason);
    this.outcome = outcome;
  }
}

/** Another control leads, or none does yet: this one may read and must not write. */
export class NotLeading extends Error {
  override readonly name = 'NotLeading';

  constructor() {
    super('this control does not lead, so nothing was written');
  }
}

/** Why, in a few words without a credential. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
