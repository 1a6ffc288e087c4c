import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import type { AppliedAnswer, NewRule, Rule } from '../../../api/contract/attribution.ts';
import { countText } from '../../../units/figures.ts';
import { Asking } from '../../parts/asking.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Heads } from '../../parts/heads.tsx';
import { dateText } from '../../parts/instants.ts';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { ReasonForm } from '../../parts/reason-form.tsx';
import { api, asking } from '../../parts/server.ts';
import { Trouble } from '../trouble.tsx';
import { Applied, ApplyPart } from './apply-part.tsx';
import { sentOf, useRuleWithdrawal } from './rule-decisions.ts';
import { Effect } from './rule-effect.tsx';
import { conditionText, ownerText } from './signs.ts';

interface RulesProps {
  readonly during: string;
  readonly onEdit: (rule: NewRule) => void;
}

type Doing =
  | { readonly what: 'withdraw'; readonly rule: Rule }
  | { readonly what: 'apply'; readonly only?: string };

/** The rules in the order in which they are tried, with the versions that they had. */
export function Rules({ during, onEdit }: RulesProps) {
  const [all, setAll] = useState(false);
  const [doing, setDoing] = useState<Doing>();
  const list = useQuery({
    queryKey: ['attribution', 'rules', all],
    queryFn: ({ signal }) => asking(signal).attribution.rules(all),
  });
  if (list.data === undefined) return list.error === null ? null : <Trouble error={list.error} />;
  const { rules } = list.data;
  return (
    <section className="card">
      <header>
        <h2>Rules</h2>
        <p>tried from top to bottom; the first that fits names what is not said</p>
        <div className="push">
          <label className="check">
            <input type="checkbox" checked={all} onChange={(event) => setAll(event.target.checked)} />
            Earlier versions
          </label>
          {rules.length > 0 && (
            <button type="button" className="btn" onClick={() => setDoing({ what: 'apply' })}>
              Apply all…
            </button>
          )}
        </div>
      </header>
      {rules.length === 0 ? (
        <div className="empty">
          <h2>No rule yet</h2>
          <p>
            A rule names the workflow of calls that do not say it, by their path, key, model or system prompt.
            The coverage view suggests them; from the command line:
          </p>
          <pre className="snippet" tabIndex={0} aria-label="A rule from the command line">
            setpoint attribution suggest
          </pre>
        </div>
      ) : (
        <RuleTable rules={rules} during={during} onEdit={onEdit} onDo={setDoing} />
      )}
      {doing?.what === 'apply' && (
        <ApplyDialog during={during} only={doing.only} onClose={() => setDoing(undefined)} />
      )}
      {doing?.what === 'withdraw' && <WithdrawDialog rule={doing.rule} onClose={() => setDoing(undefined)} />}
    </section>
  );
}

interface RuleTableProps extends RulesProps {
  readonly rules: readonly Rule[];
  readonly onDo: (doing: Doing) => void;
}

function RuleTable({ rules, during, onEdit, onDo }: RuleTableProps) {
  return (
    <div className="scroll" role="region" tabIndex={0} aria-label="Rules">
      <table className="ends">
        <caption className="sr">Attribution rules in the order in which they are tried</caption>
        <Heads texts={['Rule', 'When', 'Names', 'Decided']} acts />
        <tbody>
          {rules.map((rule) => (
            <tr key={rule.name} className="loose">
              <td>
                <a
                  className="proof"
                  title="The lines that it named"
                  {...ledgerLink({
                    during,
                    by: 'attributedBy,workflow',
                    only: [`attributedBy=${rule.name}`],
                  })}
                >
                  <span className="cut" title={rule.id}>
                    {rule.id}
                  </span>
                </a>
                <small>
                  version {countText(rule.version)} · order {countText(rule.order)}
                </small>
              </td>
              <td className="wrap">
                {rule.when.length === 0 ? 'always' : rule.when.map(conditionText).join(', and ')}
                {rule.hours !== null && (
                  <small>
                    {rule.hours.from} to {rule.hours.until} {rule.hours.timeZone}
                  </small>
                )}
              </td>
              <td>{ownerText(rule.set)}</td>
              <td className="soft">
                {dateText(rule.decidedAt)}
                <small title={rule.reason}>
                  {rule.author}
                  {rule.reason !== '' && ` · ${rule.reason}`}
                </small>
              </td>
              <td className="num">
                <Acts rule={rule} onEdit={onEdit} onDo={onDo} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Acts({ rule, onEdit, onDo }: Pick<RuleTableProps, 'onEdit' | 'onDo'> & { readonly rule: Rule }) {
  if (rule.state !== 'in-force') return <span className="chip">{rule.state}</span>;
  const edit = (): void => onEdit(sentOf(rule));
  return (
    <span className="acts">
      {rule.forwardOnly === null && (
        <button
          type="button"
          className="btn"
          aria-label={`Apply ${rule.id}`}
          onClick={() => onDo({ what: 'apply', only: rule.id })}
        >
          Apply…
        </button>
      )}
      <button type="button" className="btn plain" aria-label={`Edit ${rule.id}`} onClick={edit}>
        Edit
      </button>
      <button
        type="button"
        className="btn plain"
        aria-label={`Withdraw ${rule.id}`}
        onClick={() => onDo({ what: 'withdraw', rule })}
      >
        Withdraw
      </button>
    </span>
  );
}

function ApplyDialog(props: {
  readonly during: string;
  readonly only: string | undefined;
  readonly onClose: () => void;
}) {
  const { during, only, onClose } = props;
  const queries = useQueryClient();
  const [applied, setApplied] = useState<AppliedAnswer>();
  const ask = { during, ...(only !== undefined && { only: [only] }) };
  const preview = useQuery({
    queryKey: ['attribution', 'preview', ask],
    queryFn: ({ signal }) => asking(signal).attribution.preview(ask),
  });
  const apply = useMutation({
    mutationFn: () => api.attribution.apply(ask),
    onSuccess: setApplied,
    onSettled: () => queries.invalidateQueries({ queryKey: ['attribution'] }),
  });
  const error = preview.error ?? apply.error;
  return (
    <Dialog title={only === undefined ? 'Apply all rules' : 'Apply rule'} note={only ?? ''} onClose={onClose}>
      {error !== null && (
        <div className="part">
          <Trouble error={error} doing />
        </div>
      )}
      <Asking of="attribution preview" isOld={false} what="Looking for what the rules would move" />
      {applied !== undefined && <Applied answer={applied} onClose={onClose} />}
      {applied === undefined && preview.data !== undefined && (
        <>
          <div className="part">
            <Effect preview={preview.data} />
          </div>
          {preview.data.moved.amount.calls === 0 ? (
            <p className="part quiet">Nothing of this period is left for it to move.</p>
          ) : (
            <ApplyPart
              preview={preview.data}
              label="Post"
              pending={apply.isPending}
              onApply={() => apply.mutate()}
              onBack={onClose}
            />
          )}
        </>
      )}
    </Dialog>
  );
}

function WithdrawDialog({ rule, onClose }: { readonly rule: Rule; readonly onClose: () => void }) {
  const withdraw = useRuleWithdrawal(rule);
  return (
    <Dialog title="Withdraw rule" note={rule.id} onClose={onClose}>
      <ReasonForm
        text="From now on it names no call. What it has named stays named; another rule can move it."
        act="Withdraw rule"
        pending={withdraw.isPending}
        onAct={(reason) => {
          withdraw.mutate(reason);
          onClose();
        }}
        onCancel={onClose}
      />
    </Dialog>
  );
}
