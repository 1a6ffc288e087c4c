/** What the routes of invoices and reconciliations work with. */
import type { InvoicingParts } from '../inform/invoices/invoices.ts';
import type { ApiParts } from './parts.ts';

export function invoicingOf({ ledger, poster, registry, now }: ApiParts): InvoicingParts {
  return { ledger, poster, registry: registry.invoices, now };
}
