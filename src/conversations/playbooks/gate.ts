import { Injectable } from '@nestjs/common';

import { Authority } from '../../authority/index.js';
import { BankUnavailable } from '../../banking/index.js';
import type { Tx } from '../../ledger/index.js';
import type { Decision } from '../../policy/index.js';
import { Challenges, type ChallengeView, type Means } from '../../verification/index.js';
import { disclosureRefused } from '../conversations.events.js';
import { handOff } from './hand-off.playbook.js';
import type { Answer, AnswerInside, Turn } from './playbook.js';

const insufficient = 'assurance.insufficient';
const sessionRequired = 'session.required';

/** What a playbook wants to do, and which one answers when the code is right. */
export interface Ask {
  readonly topic: string;
  readonly action: string;
  readonly purpose: string;
  readonly resource?: { readonly kind: string; readonly id: string };
}

/**
 * The gate before account data. Where identity is not proven far enough it sends a code to the
 * customer's phone and remembers the question; the reply shows the destination masked and no figure.
 */
@Injectable()
export class Gate {
  constructor(
    private readonly authority: Authority,
    private readonly challenges: Challenges,
  ) {}

  /** @returns null where the gate is open; else the answer that stands before it. */
  async prepare(turn: Turn, ask: Ask): Promise<AnswerInside | null> {
    const decision = await this.#decide(null, turn, ask);
    if (decision.kind === 'permit') return null;
    if (turn.actor.kind === 'guest' || decision.kind !== 'step_up') {
      return () => Promise.resolve(signIn(decision, turn));
    }
    let means: Means | null;
    try {
      means = await this.challenges.findMeans(turn.actor, decision.requiredAssurance.methods);
    } catch (error) {
      if (error instanceof BankUnavailable)
        return handOff('bank_unavailable', 'support', 'bank-unavailable');
      throw error;
    }
    if (!means) return () => Promise.resolve(signIn(decision, turn));
    const by = means;
    return (tx) => this.#challenge(tx, turn, { ask, means: by });
  }

  async #challenge(
    tx: Tx,
    turn: Turn,
    { ask, means }: { ask: Ask; means: Means },
  ): Promise<Answer> {
    const decision = await this.#decide(tx, turn, ask);
    const opened = await this.challenges.open(tx, {
      actor: turn.actor,
      means,
      purpose: ask.purpose,
    });
    const refusal = disclosureRefused({
      decision,
      outcome: 'refused',
      code: insufficient,
      detail: { intent: turn.classification.intent },
    });
    const waiting = {
      decision,
      outcome: 'verification_required' as const,
      code: insufficient,
      state: 'awaiting_verification' as const,
    };
    if (opened.kind === 'limited') {
      return {
        ...waiting,
        reply: { templateId: 'verification-limited' },
        challenge: { resendAt: opened.resendAt },
        events: [refusal, ...opened.events],
      };
    }
    return {
      ...waiting,
      reply: replyFor(opened.view),
      challenge: { ...opened.view },
      pending: { challengeId: opened.view.id, topic: ask.topic },
      events: [refusal, ...opened.events],
    };
  }

  #decide(tx: Tx | null, { actor }: Turn, ask: Ask): Promise<Decision> {
    const resource = {
      ...(ask.resource ?? { kind: 'account', id: 'own' }),
      ownerSubjectRef: actor.subjectRef,
    };
    return this.authority.decide(tx, actor, ask.action, { resource, defaultPurpose: ask.purpose });
  }
}

/** Says where the code is to be found. */
function replyFor({ method, destination = '' }: ChallengeView): Answer['reply'] {
  switch (method) {
    case 'totp':
    case 'recovery-code':
      return { templateId: 'verification-required-app' };
    case 'email':
      return { templateId: 'verification-required-email', values: { destination } };
    case 'sms':
      return { templateId: 'verification-required', values: { destination } };
  }
}

/** A guest cannot reach accounts by a code alone: the reply says to sign in, and no challenge is sent. */
function signIn(decision: Decision, turn: Turn): Answer {
  return {
    outcome: 'verification_required',
    code: sessionRequired,
    decision,
    reply: { templateId: 'sign-in-required' },
    events: [
      disclosureRefused({
        decision,
        outcome: 'refused',
        code: sessionRequired,
        detail: { intent: turn.classification.intent },
      }),
    ],
  };
}
