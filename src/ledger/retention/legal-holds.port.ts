/** What somebody has ordered to be kept, whatever the retention says. */
export interface LegalHold {
  readonly id: string;
  readonly on:
    | { readonly kind: 'case'; readonly caseId: string }
    | { readonly kind: 'subject'; readonly subjectRef: string }
    /** Entries [from, to) of the log. */
    | { readonly kind: 'entries'; readonly from: number; readonly to: number };
}

/** The legal holds that stand now. Nothing they name leaves the ledger. */
export abstract class LegalHolds {
  abstract standing(): Promise<readonly LegalHold[]>;
}

/** Where no context keeps holds, none stand. */
export class NoLegalHolds extends LegalHolds {
  override standing(): Promise<readonly LegalHold[]> {
    return Promise.resolve([]);
  }
}
