import { AbilityBuilder, createMongoAbility, type MongoAbility } from '@casl/ability';

import type { Actor, Level } from '../platform/index.js';
import type { ActionRule, AuthorityPolicy } from '../policy/index.js';
import { type AuthorityMatrix, rankOf } from './matrix.js';

type Fact = 'own' | 'joint' | 'ownRequest' | 'groupMember';
type Measure = 'baseMinor' | 'floorRank' | 'requiredRank';
type Checked = Readonly<Record<Fact, boolean> & Record<Measure, number>>;

/** Below every range: a measure that is missing or of another type. */
const outOfRange = -1;

/** CASL compares text as text, looks into lists and lets null pass an upper bound: only integers go in. */
function measure(value: unknown): number {
  return Number.isSafeInteger(value) ? Number(value) : outOfRange;
}

/** A flag that is no boolean equals neither. */
function flag(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

/**
 * The only subject that CASL is ever asked about: facts that were checked and typed first. Its type
 * is the noun of the action; a plain object, whatever `__caslSubjectType__` it claims, has none.
 */
export class Circumstances {
  readonly own: boolean | null;
  /** Minor units of the base currency; -1 where the action has no amount. */
  readonly baseMinor: number;
  readonly floorRank: number;
  /** Several persons or groups must consent: nobody acts alone. */
  readonly joint: boolean | null;
  readonly ownRequest: boolean | null;
  readonly requiredRank: number;
  readonly groupMember: boolean | null;

  constructor(
    readonly noun: string,
    facts: Checked,
  ) {
    this.own = flag(facts.own);
    this.baseMinor = measure(facts.baseMinor);
    this.floorRank = measure(facts.floorRank);
    this.joint = flag(facts.joint);
    this.ownRequest = flag(facts.ownRequest);
    this.requiredRank = measure(facts.requiredRank);
    this.groupMember = flag(facts.groupMember);
  }
}

/** What the matrix and the permits give one set of roles at one level. */
export interface Profile {
  readonly ability: MongoAbility;
  /** Actions of which the roles hold permits on their own things only. */
  readonly ownOnly: ReadonlySet<string>;
  /** Actions of which the roles hold a permit at all. */
  readonly granted: ReadonlySet<string>;
}

const profilesMax = 1_000;

/** The noun of an action: `refund` of `refund.create`. */
export function nounOf(action: string): string {
  return action.slice(0, action.indexOf('.'));
}

/** Builds abilities from `authority.yaml`, one per set of roles and level, and keeps them. */
export class Abilities {
  readonly #profiles = new Map<string, Profile>();
  readonly #kindOfRole: ReadonlyMap<string, string>;

  constructor(
    private readonly policy: AuthorityPolicy,
    private readonly matrix: AuthorityMatrix,
  ) {
    this.#kindOfRole = new Map(policy.roles.map((role) => [role.id, role.kind]));
  }

  profileOf(actor: Actor): Profile {
    const key = `${actor.kind}|${actor.level ?? ''}|${actor.roles.join(',')}|${actor.scopes.join(',')}`;
    const known = this.#profiles.get(key);
    if (known) return known;
    if (this.#profiles.size >= profilesMax) this.#profiles.clear();
    const profile = this.#build(this.#rolesOf(actor), actor.level);
    this.#profiles.set(key, profile);
    return profile;
  }

  /** A role counts only for the kind of actor it is made for: no token makes a guest an auditor. */
  #rolesOf(actor: Actor): ReadonlySet<string> {
    const named =
      actor.kind === 'staff'
        ? actor.roles
        : [actor.kind, ...actor.scopes.map((scope) => `${actor.kind}.${scope}`)];
    return new Set(named.filter((role) => this.#kindOfRole.get(role) === actor.kind));
  }

  #build(roles: ReadonlySet<string>, level: Level | null): Profile {
    const builder = new AbilityBuilder<MongoAbility>(createMongoAbility);
    const ownOnly = new Set<string>();
    const granted = new Set<string>();
    for (const rule of this.policy.actions) {
      const permits = rule.permit.filter(({ who }) => who.some((role) => roles.has(role)));
      if (permits.length === 0) continue;
      granted.add(rule.action);
      if (permits.every((permit) => permit.own)) ownOnly.add(rule.action);
      for (const permit of permits) {
        for (const condition of this.#conditions(rule, permit.own, level)) {
          builder.can(rule.action, nounOf(rule.action), condition).because(permit.id);
        }
      }
    }
    // Last, because CASL lets a later rule undo an earlier one.
    this.#separate(builder, roles);
    const ability = builder.build({
      detectSubjectType: (subject) => (subject instanceof Circumstances ? subject.noun : 'nothing'),
    });
    return { ability, ownOnly, granted };
  }

  /** Ranges are closed on both sides and flags are compared: a fact that is missing never matches. */
  #conditions(rule: ActionRule, own: boolean, level: Level | null): object[] {
    const owned = own ? { own: true } : { own: { $in: [true, false] } };
    const rank = { $gte: 0, $lte: rankOf(level) };
    if (rule.votes) {
      const other = { ...owned, ownRequest: false };
      return [
        { ...other, requiredRank: rank },
        { ...other, groupMember: true },
      ];
    }
    if (!this.matrix.limits(rule.action)) return [owned];
    const limit = this.matrix.limitOf(rule.action, level);
    return [{ ...owned, baseMinor: { $gte: 1, $lte: limit }, floorRank: rank, joint: false }];
  }

  #separate(builder: AbilityBuilder<MongoAbility>, roles: ReadonlySet<string>): void {
    for (const separation of this.policy.separations) {
      if (!roles.has(separation.role)) continue;
      for (const { action, effect } of this.policy.actions) {
        if (separation.effect !== effect && !separation.actions.includes(action)) continue;
        builder.cannot(action, nounOf(action)).because(separation.id);
      }
    }
  }
}
