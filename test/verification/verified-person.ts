import { randomUUID } from 'node:crypto';

import { GuestTokens } from '../../src/identity/index.js';
import {
  AppDatabase,
  type ConversationId,
  PersonKeyring,
  type SubjectRef,
} from '../../src/platform/index.js';
import type { People, Reply, SignedIn } from '../identity/people.js';

export interface Proof {
  readonly method?: string;
  readonly purpose?: string;
  /** Where the code is not the one that was sent. */
  readonly code?: string;
  readonly more?: object;
}

/** A customer who proves things over HTTP, as their app does. */
export class VerifiedPerson {
  constructor(
    private readonly people: People,
    readonly customer: SignedIn,
    public token: string = customer.token,
  ) {}

  static async open(people: People): Promise<VerifiedPerson> {
    return new VerifiedPerson(people, await people.newSession());
  }

  /** The same customer in a session of its own. */
  async again(): Promise<VerifiedPerson> {
    const { token } = await this.people.signIn(this.customer);
    return new VerifiedPerson(this.people, this.customer, token);
  }

  ask(proof: Proof = {}): Promise<Reply> {
    const { method = 'sms', purpose = 'balance-inquiry', more = {} } = proof;
    return this.people.post('/v1/challenges', { method, purpose, ...more }, this.token);
  }

  attempt(id: string, code: unknown, instance = 0): Promise<Reply> {
    const path = `/v1/challenges/${id}/attempts`;
    return this.people.call('POST', path, { body: { code }, token: this.token, instance });
  }

  /** Asks, answers, and goes on with the token that was given. */
  async prove(proof: Proof = {}): Promise<Reply> {
    const { body: challenge } = await this.ask(proof);
    const address = proof.method === 'email' ? this.customer.email : this.customer.phone;
    const code = proof.code ?? (await this.people.codeOf(challenge.id as string, address));
    const reply = await this.attempt(challenge.id as string, code);
    if (reply.status === 200) this.token = reply.body.accessToken as string;
    return reply;
  }

  /** A fresh grant to change factors. */
  mayChangeFactors(proof: Proof = {}): Promise<Reply> {
    return this.prove({ purpose: 'factor-change', ...proof });
  }

  enrol(method: string, instance = 0): Promise<Reply> {
    const body = { method };
    return this.people.call('POST', '/v1/authenticators', { body, token: this.token, instance });
  }

  confirm(id: string, code: unknown, instance = 0): Promise<Reply> {
    const path = `/v1/authenticators/${id}/confirmations`;
    return this.people.call('POST', path, { body: { code }, token: this.token, instance });
  }

  /** Enrols and confirms TOTP under a grant of its own; answers secret and id. */
  async withTotp(): Promise<{ secret: string; id: string }> {
    await this.mayChangeFactors();
    const { body } = await this.enrol('totp');
    const secret = new URL(body.otpauthUri as string).searchParams.get('secret')!;
    await this.confirm(body.id as string, await this.people.totp(secret));
    return { secret, id: body.id as string };
  }

  async withRecoveryCodes(): Promise<readonly string[]> {
    await this.mayChangeFactors();
    const { body } = await this.enrol('recovery-code');
    return body.codes as string[];
  }

  remove(id: string): Promise<Reply> {
    return this.people.call('DELETE', `/v1/authenticators/${id}`, { token: this.token });
  }
}

/** What conversations do for a guest: a person with a key of their own, then the token. */
export async function guestOf(people: People): Promise<string> {
  const subjectRef = randomUUID() as SubjectRef;
  const { manager } = people.app.get(AppDatabase);
  await people.app.get(PersonKeyring).create(manager, subjectRef);
  const tx = {
    now: new Date(),
    query: <Row extends object>(sql: string, parameters?: readonly unknown[]): Promise<Row[]> =>
      manager.query(sql, [...(parameters ?? [])]),
  };
  return people.app.get(GuestTokens).issue(tx, randomUUID() as ConversationId, subjectRef);
}
