import type { DecisionReference } from '../ledger/index.js';
import type { AssuranceLevel, Level, Money, Problem } from '../platform/index.js';
import type { AggregateScope } from './schemas/authority.js';
import type { VerificationMethod } from './schemas/assurance.js';

/** One rule that was looked at, and what became of it. */
export interface Consideration {
  readonly rule: string;
  readonly verdict: 'permits' | 'forbids' | 'requires' | 'does_not_apply';
  readonly reason: string;
}

/** Whose consent an action needs: a level, and where policy says so several persons or certain groups. */
export interface ApprovalRequirement {
  readonly level: Level;
  /** Roles of which one person each must approve. */
  readonly groups: readonly string[];
  /** How many persons of that level or above must approve. */
  readonly approversMin: number;
  /** Id of the strictest rule that matched. */
  readonly rule: string;
  /** Within how long the groups decide; null where only the general time limit holds. */
  readonly withinSeconds: number | null;
}

interface DecisionBase extends DecisionReference {
  /** Why: the rules considered, the one that decided last, in plain words. */
  readonly because: readonly Consideration[];
  /** The level the amount and category need; null where the action has no limits. */
  readonly level: Level | null;
  /** The sums that were judged, this action in each; none where the action has no limits. */
  readonly sums: readonly DecisionSum[];
}

/** A sum in the base currency, and the level that it needs. */
export interface DecisionSum {
  readonly rule: string;
  readonly scope: AggregateScope;
  /** Exact decimal with its currency. */
  readonly total: Money;
  readonly level: Level;
  /** The amount alone lies within what the actor may do for one case; this sum does not. */
  readonly split: boolean;
}

export interface Permit extends DecisionBase {
  readonly kind: 'permit';
}
export interface Deny extends DecisionBase {
  readonly kind: 'deny';
  readonly problem: Problem;
}
export interface StepUp extends DecisionBase {
  readonly kind: 'step_up';
  readonly requiredAssurance: {
    readonly acr: AssuranceLevel;
    readonly maxAgeSeconds: number | null;
    /** By which proofs it can be reached. */
    readonly methods: readonly VerificationMethod[];
  };
  /** 401 with the RFC 9470 challenge. */
  readonly problem: Problem;
}
export interface ApprovalRequired extends DecisionBase {
  readonly kind: 'approval';
  readonly level: Level;
  readonly groups: readonly string[];
  readonly requirement: ApprovalRequirement;
}

/** The one answer of the one decision point. */
export type Decision = Permit | Deny | StepUp | ApprovalRequired;
