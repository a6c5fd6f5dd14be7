import type { Tx } from '../ledger/index.js';
import type { Actor } from '../platform/index.js';
import type { AggregateScope, ApprovalRequirement, Decision } from '../policy/index.js';

/** What the related actions of a case, customer, household, account or person came to so far. */
export interface EarlierSum {
  readonly scope: AggregateScope;
  /** Minor units, never below zero; one sum for each currency, for they are never added raw. */
  readonly amountMinor: bigint;
  readonly currency: string;
}

/** What a decision is judged on, typed and checked before CASL sees it; never a request body. */
export interface Facts {
  /** What is acted on; `ownerSubjectRef` decides "own". */
  readonly resource?: {
    readonly kind: string;
    readonly id: string;
    readonly ownerSubjectRef?: string | null;
  };
  /** This action's amount in minor units. */
  readonly amountMinor?: bigint;
  readonly currency?: string;
  /** What related actions came to before this one, read under their lock; limits apply to the sums. */
  readonly earlier?: readonly EarlierSum[];
  readonly category?: string | null;
  readonly caseId?: string | null;
  /** The route's or intent's own purpose where no header was sent. */
  readonly defaultPurpose?: string;
  /** For actions on a person's account: whose it is. */
  readonly personId?: string;
  /** For votes: everybody who counts as the requester. Requester and approver must differ. */
  readonly requesterIds?: readonly string[];
  /** For votes: what the request needs as judged now. */
  readonly requirement?: ApprovalRequirement;
}

/** The one decision point: role, ownership, purpose, assurance and amount are judged here and nowhere else. */
export abstract class Authority {
  /** Pass the transaction so that aggregates are judged under its lock; null where none is open. */
  // eslint-disable-next-line no-restricted-syntax -- the one question has four parts, asked everywhere
  abstract decide(tx: Tx | null, actor: Actor, action: string, facts: Facts): Promise<Decision>;
}
