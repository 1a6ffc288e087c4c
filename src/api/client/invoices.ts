/** Invoices and reconciliations, as the client asks. */
import type {
  AppliedView,
  ClosedMonth,
  Corrections,
  ImportAsk,
  ImportedInvoice,
  InvoiceDetail,
  InvoiceList,
  NewReconciliation,
  Reconciliation,
  ReconciliationList,
} from '../contract/invoices.ts';
import { queryText } from './reach.ts';
import type { Reach } from './reach.ts';

export function invoiceCalls({ get, ask: askOf, post, send }: Reach) {
  const at = (id: string, rest = ''): string => `/reconciliations/${encodeURIComponent(id)}${rest}`;
  return {
    /** @param mediaType of the file: text/csv, application/json or application/vnd.apache.parquet. */
    async import(file: Uint8Array<ArrayBuffer>, mediaType: string, ask: ImportAsk): Promise<ImportedInvoice> {
      const sending = { body: file, headers: { 'content-type': mediaType } };
      return (
        await send('POST', `/invoices${queryText({ ...ask })}`, sending)
      ).json() as Promise<ImportedInvoice>;
    },
    list: (): Promise<InvoiceList> => get('/invoices'),
    show: (id: string): Promise<InvoiceDetail> => get(`/invoices/${encodeURIComponent(id)}`),
    /** Reads the month, then keeps what it found; it posts nothing. Taken back while it reads, nothing is kept. */
    reconcile: (ask: NewReconciliation): Promise<Reconciliation> => askOf('/reconciliations', ask),
    reconciliations: (): Promise<ReconciliationList> => get('/reconciliations'),
    reconciliation: (id: string): Promise<Reconciliation> => get(at(id)),
    corrections: (id: string): Promise<Corrections> => get(at(id, '/corrections')),
    apply: (id: string, ask: { final?: boolean } = {}): Promise<AppliedView> => post(at(id, '/apply'), ask),
    close: (month: string): Promise<ClosedMonth> => post('/reconciliations/close', { month }),
  };
}
