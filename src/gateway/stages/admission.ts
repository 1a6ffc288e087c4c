/** Admission: a call goes when its budgets have room for it, to a cheaper model where a threshold says so. */
import type { Intent } from '../call.ts';
import type { Refusal } from '../wires/wire.ts';
import type { AdmitCall, BudgetDesk, Desk } from './admit.ts';
import { downgraded } from './downgrade.ts';
import type { Ticket } from './ticket.ts';

/** What follows; exactly one of them is called, at once wherever nobody had to be asked. */
export interface Ways<Call> {
  readonly go: (call: Call, intent: Intent, ticket: Ticket | undefined) => void;
  readonly refuse: (refusal: Refusal) => void;
  readonly onFault: (fault: unknown) => void;
}

export function admitThen<Call extends AdmitCall>(
  desk: BudgetDesk,
  {
    call,
    intent,
    mayDowngrade,
  }: { readonly call: Call; readonly intent: Intent; readonly mayDowngrade: boolean },
  ways: Ways<Call>,
): void {
  const follow = (said: Desk): void => {
    if (said.kind === 'refused') return ways.refuse(said.refusal);
    if (said.kind === 'admitted')
      return ways.go(
        said.bytes === call.bytes ? call : { ...call, bytes: said.bytes },
        said.intent,
        said.ticket,
      );
    // Where no provider of the dialect has the cheaper model, the call goes as it is: a threshold is no cap.
    const cheaper = downgraded(call, intent, said.model) ?? { call, intent };
    admitThen(desk, { ...cheaper, mayDowngrade: false }, ways);
  };
  const said = desk.admit(call, intent, mayDowngrade);
  if (said instanceof Promise) said.then(follow).catch(ways.onFault);
  else follow(said);
}
