/** One thing that the doctor looked at. */
export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'failure';
  readonly detail: string;
  /** What it means for calls and their money; empty where all is well. */
  readonly money: string;
  /** What to do; empty when nothing. */
  readonly fix: string;
}

export function fine(check: string, detail: string): Finding {
  return { check, state: 'ok', detail, money: '', fix: '' };
}
