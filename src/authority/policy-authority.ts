import { Injectable } from '@nestjs/common';

import type { Tx } from '../ledger/index.js';
import { type Actor, Clock, formatMoney, platformProblems, Problem } from '../platform/index.js';
import {
  type ActionRule,
  type ApprovalRequirement,
  type AssuranceRequirement,
  type Consideration,
  type Decision,
  type DecisionSum,
  type Deny,
  type Permit,
  Policies,
  type VerificationMethod,
} from '../policy/index.js';
import { Abilities, Circumstances, nounOf, type Profile } from './abilities.js';
import { insufficientAssurance, satisfies, satisfiesByEmail } from './assurance-step.js';
import { Authority, type Facts } from './authority.js';
import { authorityProblems } from './authority.problems.js';
import { AuthorityMatrix, type JudgedSum, type Judgement, rankOf } from './matrix.js';

/** A question on its way: what each step needs, and what was considered so far. */
interface Question {
  readonly actor: Actor;
  readonly action: string;
  readonly rule: ActionRule;
  readonly facts: Facts;
  readonly profile: Profile;
  readonly purpose: string | null;
  readonly own: boolean;
  readonly because: Consideration[];
}

/** Decides from `authority.yaml` and `assurance.yaml`, with CASL as the engine. Denied is what no rule grants. */
@Injectable()
export class PolicyAuthority extends Authority {
  readonly #rules: ReadonlyMap<string, ActionRule>;
  readonly #purposes: ReadonlySet<string>;
  readonly #requirements: ReadonlyMap<string, AssuranceRequirement>;
  readonly #matrix: AuthorityMatrix;
  readonly #abilities: Abilities;

  constructor(
    private readonly policies: Policies,
    private readonly clock: Clock,
  ) {
    super();
    const { authority, assurance } = policies;
    this.#rules = new Map(authority.actions.map((rule) => [rule.action, rule]));
    this.#purposes = new Set(authority.purposes.map((purpose) => purpose.id));
    this.#requirements = new Map(assurance.requirements.map((rule) => [rule.id, rule]));
    this.#matrix = new AuthorityMatrix(authority);
    this.#abilities = new Abilities(authority, this.#matrix);
  }

  // eslint-disable-next-line no-restricted-syntax -- the contract of the one question
  override decide(_: Tx | null, actor: Actor, action: string, facts: Facts): Promise<Decision> {
    return Promise.resolve(this.judge(actor, action, facts));
  }

  /** The consent that an action needs on these facts, whoever asks. */
  requirementOf(action: string, facts: Facts): ApprovalRequirement | Problem {
    const consent = this.#rules.get(action)?.consent;
    if (consent) return consentOf(consent);
    const judgement = this.#matrix.judge(action, facts);
    return judgement instanceof Problem ? judgement : judgement.requirement;
  }

  /** The steps in the order in which a caller may learn of them: ownership, purpose, assurance, authority. */
  judge(actor: Actor, action: string, facts: Facts): Decision {
    const rule = this.#rules.get(action);
    if (!rule) {
      const because: Consideration = { rule: action, verdict: 'forbids', reason: 'No such rule.' };
      return this.#deny({ action, purpose: null, because: [] }, because, denied());
    }
    const question: Question = {
      actor,
      action,
      rule,
      facts,
      profile: this.#abilities.profileOf(actor),
      purpose: actor.purpose ?? facts.defaultPurpose ?? defaultPurposeOf(rule, actor),
      own: isOwn(actor, facts),
      because: [],
    };
    const decision =
      this.#judgeExistence(question) ??
      this.#judgePurpose(question) ??
      this.#judgeAssurance(question) ??
      this.#judgeAuthority(question);
    const deviation = decision.kind === 'permit' ? this.#deviationOf(question) : null;
    // What was permitted by a deviation names it: reports count it by this.
    return deviation === null
      ? decision
      : { ...decision, policy: this.policies.referenceTo(deviation) };
  }

  #requirementOf({ actor, rule }: Question): AssuranceRequirement | null {
    const id = rule.assurance[actor.kind];
    if (id === undefined) return null;
    const requirement = this.#requirements.get(id);
    if (!requirement) throw new Error(`No requirement ${id}`);
    return requirement;
  }

  /** The rule that accepts e-mail for this purpose, where the actor has proven no more; null otherwise. */
  #deviationOf(question: Question): string | null {
    const { actor, purpose } = question;
    const requirement = this.#requirementOf(question);
    const now = this.clock.now();
    if (!requirement || satisfies(actor, requirement, now)) return null;
    const rule = this.#emailRule(requirement, purpose);
    return rule !== null && satisfiesByEmail(actor, requirement, now) ? rule : null;
  }

  #emailRule({ id }: AssuranceRequirement, purpose: string | null): string | null {
    const accepting = this.policies.assurance.intents.find(
      (intent) => intent.emailAccepted && intent.requires === id && intent.purpose === purpose,
    );
    return accepting?.id ?? null;
  }

  #methodsOf(requirement: AssuranceRequirement, purpose: string | null): VerificationMethod[] {
    const { methods } = this.policies.assurance;
    const offered = methods.filter((rule) => rule.offered).map((rule) => rule.method);
    const isByEmail = this.#emailRule(requirement, purpose) !== null;
    return offered.filter(
      (method) =>
        (requirement.methods?.includes(method) ?? true) || (isByEmail && method === 'email'),
    );
  }

  /** What is not one's own, or must stay hidden, is answered like what does not exist. */
  #judgeExistence(question: Question): Decision | null {
    const { action, rule, profile, own } = question;
    const foreign = profile.ownOnly.has(action) && !own;
    if (!foreign && (!rule.concealed || profile.granted.has(action))) return null;
    const reason = foreign ? 'It is not the actor’s own.' : 'It is hidden from the actor.';
    const because: Consideration = { rule: action, verdict: 'forbids', reason };
    return this.#deny(question, because, platformProblems['resource.not_found']());
  }

  #judgePurpose(question: Question): Decision | null {
    const { action, rule, purpose } = question;
    const forbid = (reason: string): Consideration => ({
      rule: action,
      verdict: 'forbids',
      reason,
    });
    if (purpose === null) {
      const problem = authorityProblems['purpose.missing']();
      return this.#deny(question, forbid('A purpose must be given.'), problem);
    }
    if (!this.#purposes.has(purpose)) {
      const problem = authorityProblems['purpose.unknown']();
      // What was sent is not repeated: it may be anything, personal data too.
      return this.#deny(
        { ...question, purpose: null },
        forbid('The purpose is not in the list.'),
        problem,
      );
    }
    if (rule.purpose.allowed !== 'any' && !rule.purpose.allowed.includes(purpose)) {
      const problem = authorityProblems['purpose.not_allowed']();
      return this.#deny(question, forbid(`Purpose ${purpose} does not allow it.`), problem);
    }
    question.because.push({
      rule: action,
      verdict: 'permits',
      reason: `Purpose ${purpose} allows it.`,
    });
    return null;
  }

  #judgeAssurance(question: Question): Decision | null {
    const { actor, profile, action, because, purpose } = question;
    const requirement = this.#requirementOf(question);
    // Who may not do it at all is not sent to fetch a code for it.
    if (!requirement || !profile.granted.has(action)) return null;
    const { id } = requirement;
    const deviation = this.#deviationOf(question);
    if (deviation !== null) {
      because.push({ rule: deviation, verdict: 'permits', reason: 'E-mail is accepted for it.' });
      return null;
    }
    const reason = `Holds ${actor.assurance.acr}; ${requirement.acr} is required.`;
    if (satisfies(actor, requirement, this.clock.now())) {
      because.push({ rule: id, verdict: 'permits', reason });
      return null;
    }
    because.push({ rule: id, verdict: 'requires', reason });
    return {
      ...this.#base(question, id),
      kind: 'step_up',
      requiredAssurance: {
        acr: requirement.acr,
        maxAgeSeconds: requirement.ageSecondsMax,
        methods: this.#methodsOf(requirement, purpose),
      },
      problem: insufficientAssurance(requirement),
    };
  }

  #judgeAuthority(question: Question): Decision {
    const { actor, action, rule, facts, profile } = question;
    if (!profile.granted.has(action)) {
      const reason = 'No rule grants it to the actor’s roles.';
      return this.#deny(question, { rule: action, verdict: 'forbids', reason }, denied());
    }
    if (rule.votes && isOwnRequest(actor, facts)) {
      const reason = 'Requester and approver must be different persons.';
      const problem = authorityProblems['approval.own_request']();
      return this.#deny(question, { rule: action, verdict: 'forbids', reason }, problem);
    }
    if (rule.others && isOwnAccount(actor, facts)) {
      const reason = 'Nobody changes their own account.';
      const problem = authorityProblems['authority.own_account']();
      return this.#deny(question, { rule: action, verdict: 'forbids', reason }, problem);
    }
    const judgement = this.#matrix.limits(action) ? this.#matrix.judge(action, facts) : null;
    if (judgement instanceof Problem) {
      const reason = 'Amount, currency or category cannot be judged.';
      return this.#deny(question, { rule: action, verdict: 'forbids', reason }, judgement);
    }
    if (judgement) question.because.push(...judgement.because);
    return this.#askAbility(question, judgement);
  }

  #askAbility(question: Question, judgement: Judgement | null): Decision {
    const { actor, action, profile, because } = question;
    const circumstances = circumstancesOf(question, judgement);
    const found = profile.ability.relevantRuleFor(action, circumstances);
    const decided = found?.reason ?? action;
    if (found && !found.inverted) {
      because.push({
        rule: decided,
        verdict: 'permits',
        reason: this.#reasonOf(question, decided),
      });
      if (question.rule.consent) return this.#askConsent(question, question.rule.consent);
      const rule = judgement?.requirement.rule ?? decided;
      return {
        ...this.#base(question, rule),
        ...this.#judged(question, judgement),
        kind: 'permit',
      };
    }
    if (found || !judgement) {
      const reason = this.#reasonOf(question, decided);
      return this.#deny(question, { rule: decided, verdict: 'forbids', reason }, denied());
    }
    const { requirement } = judgement;
    const reason = `The actor holds ${actor.level ?? 'no level'}; others must consent.`;
    because.push({ rule: requirement.rule, verdict: 'requires', reason });
    const { level, groups } = requirement;
    return {
      ...this.#base(question, requirement.rule),
      ...this.#judged(question, judgement),
      kind: 'approval',
      level,
      groups,
      requirement,
    };
  }

  /** Nobody does it alone, whatever their level. */
  #askConsent(question: Question, consent: NonNullable<ActionRule['consent']>): Decision {
    const requirement = consentOf(consent);
    const { rule, level, groups } = requirement;
    question.because.push({ rule, verdict: 'requires', reason: consent.because });
    return { ...this.#base(question, rule), kind: 'approval', level, groups, requirement };
  }

  #reasonOf({ rule }: Question, id: string): string {
    const permit = rule.permit.find((candidate) => candidate.id === id);
    if (permit) return permit.because;
    const separation = this.policies.authority.separations.find((candidate) => candidate.id === id);
    return separation?.because ?? 'No rule grants it with these facts.';
  }

  #deny(
    question: Pick<Question, 'action' | 'purpose' | 'because'>,
    last: Consideration,
    problem: Problem,
  ): Deny {
    question.because.push(last);
    return { ...this.#base(question, last.rule), kind: 'deny', problem };
  }

  #base(
    { action, purpose, because }: Pick<Question, 'action' | 'purpose' | 'because'>,
    rule: string,
  ): Omit<Permit, 'kind'> {
    const policy = this.policies.referenceTo(rule);
    return { action, purpose, policy, because, level: null, sums: [] };
  }

  /** What the limits made of the amount; nothing where the action has none. */
  #judged(
    { actor, action }: Question,
    judgement: Judgement | null,
  ): Partial<Pick<Permit, 'level' | 'sums'>> {
    if (!judgement) return {};
    const limit = this.#matrix.limitOf(action, actor.level);
    const sums = judgement.sums.map((sum): DecisionSum => {
      const { rule, scope, level, baseMinor } = sum;
      const total = formatMoney(BigInt(baseMinor), this.policies.authority.baseCurrency);
      const split = judgement.amountMinor <= limit && isAbove(sum, limit, actor);
      return { rule, scope, total, level, split };
    });
    return { level: judgement.requirement.level, sums };
  }
}

/** A day's work of one person soon passes the limit of one case: only their own limit counts there. */
function isAbove({ scope, baseMinor, level }: JudgedSum, limit: number, actor: Actor): boolean {
  return scope === 'agent' ? rankOf(level) > rankOf(actor.level) : baseMinor > limit;
}

function defaultPurposeOf({ purpose }: ActionRule, { kind }: Actor): string | null {
  return purpose.defaultOf[kind] ?? purpose.default ?? null;
}

function consentOf({
  id,
  level,
  withinSeconds,
}: NonNullable<ActionRule['consent']>): ApprovalRequirement {
  return { level, groups: [], approversMin: 1, rule: id, withinSeconds };
}

function denied(): Problem {
  return authorityProblems['authority.denied']();
}

function isOwn(actor: Actor, facts: Facts): boolean {
  const owner = facts.resource?.ownerSubjectRef;
  return typeof owner === 'string' && owner !== '' && owner === actor.subjectRef;
}

/** A request whose requester is not known counts as one's own. A delegate counts as who they act for. */
function isOwnRequest(actor: Actor, facts: Facts): boolean {
  const requesters = facts.requesterIds ?? [];
  if (requesters.length === 0) return true;
  return [actor.id, actor.onBehalfOf].some((id) => id !== null && requesters.includes(id));
}

/** An account whose holder is not known counts as one's own. A delegate counts as who they act for. */
function isOwnAccount(actor: Actor, { personId }: Facts): boolean {
  return personId === undefined || [actor.id, actor.onBehalfOf].includes(personId);
}

const unranked = -1;

function circumstancesOf(question: Question, judgement: Judgement | null): Circumstances {
  const { actor, action, facts, own } = question;
  const required = facts.requirement;
  const groups = judgement?.requirement.groups ?? [];
  return new Circumstances(nounOf(action), {
    own,
    baseMinor: judgement?.baseMinor ?? unranked,
    floorRank: judgement?.floorRank ?? unranked,
    joint: groups.length > 0 || (judgement?.requirement.approversMin ?? 1) > 1,
    ownRequest: isOwnRequest(actor, facts),
    requiredRank: required ? rankOf(required.level) : unranked,
    groupMember: required?.groups.some((group) => actor.roles.includes(group)) ?? false,
  });
}
