import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../../authority/index.js';
import {
  type Audited,
  type AuditEventDraft,
  AuditedTransaction,
  committed,
  failed,
  refused,
  type WriteOutcome,
} from '../../ledger/index.js';
import type { Problem } from '../../platform/index.js';
import { AccessTokens } from '../access-tokens.js';
import { AssertionIds } from '../assertions/assertion-ids.js';
import { ClientAssertions, type ProvenClient } from './client-assertions.js';
import { clientTokenIssued, clientTokenRefused } from './clients.events.js';
import {
  clientAuthenticationFailed,
  grantUnsupported,
  scopeInvalid,
  tokenRequestInvalid,
} from './clients.problems.js';
import { IssueClientToken, type IssuedClientToken } from './issue-client-token.command.js';

/** RFC 7523 §2.2. */
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

type RefusalReason = Parameters<typeof clientTokenRefused>[0]['detail']['reason'];
type Judgement =
  { readonly proven: ProvenClient } | { readonly reason: RefusalReason; readonly problem: Problem };

@CommandHandler(IssueClientToken)
export class IssueClientTokenHandler implements ICommandHandler<IssueClientToken> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly assertions: ClientAssertions,
    private readonly assertionIds: AssertionIds,
    private readonly tokens: AccessTokens,
  ) {}

  async execute({ input, actor }: IssueClientToken): Promise<Audited<IssuedClientToken>> {
    // Signatures are checked before the transaction: nothing is locked meanwhile.
    const judgement = await this.#judge(input);
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<IssuedClientToken>> => {
      const decision = await this.authority.decide(tx, actor, 'client-token.create', {});
      const refusal = (reason: RefusalReason): AuditEventDraft =>
        clientTokenRefused({ decision, detail: { reason } });
      if (decision.kind !== 'permit') return refused(refusalOf(decision), refusal('authority'));
      if ('problem' in judgement) return refused(judgement.problem, refusal(judgement.reason));
      const { client, key, jti, expiresAt } = judgement.proven;
      const resource = { kind: 'api-client', id: client.id };
      const fail = (reason: RefusalReason, problem: Problem): WriteOutcome<IssuedClientToken> =>
        failed(problem, clientTokenRefused({ decision, resource, detail: { reason } }));
      if (!(await this.assertionIds.take(tx, { issuer: client.id, jti, expiresAt }))) {
        return fail('replay', clientAuthenticationFailed());
      }
      const scopes = scopesOf(input.scope, client.scopes);
      if (scopes === null) return fail('scope', scopeInvalid());
      const token = await this.tokens.issueToClient({ clientId: client.id, keyId: key.id, scopes });
      const result: IssuedClientToken = {
        access_token: token.accessToken,
        token_type: token.tokenType,
        expires_in: token.expiresIn,
        scope: scopes.join(' '),
      };
      const detail = { keyId: key.id, scopes: [...scopes] };
      return committed(result, clientTokenIssued({ decision, resource, detail }));
    });
  }

  async #judge(input: IssueClientToken['input']): Promise<Judgement> {
    const { grant_type: grantType, client_assertion: assertion, client_id: clientId } = input;
    if (grantType === undefined) return { reason: 'request', problem: tokenRequestInvalid() };
    if (grantType !== 'client_credentials') return { reason: 'grant', problem: grantUnsupported() };
    if (assertion === undefined || input.client_assertion_type !== assertionType) {
      return { reason: 'assertion', problem: clientAuthenticationFailed() };
    }
    const proven = await this.assertions.verify(assertion);
    // RFC 7521 §4.2: where it is given beside, it must be the same client.
    if (!proven || (clientId !== undefined && clientId !== proven.client.id)) {
      return { reason: 'assertion', problem: clientAuthenticationFailed() };
    }
    return { proven };
  }
}

/** What is asked for, or all that was granted where nothing is (RFC 6749 §3.3); null where it is more. */
function scopesOf(asked: string | undefined, granted: readonly string[]): readonly string[] | null {
  const scopes = new Set((asked ?? '').split(' ').filter((scope) => scope !== ''));
  if (scopes.size === 0) return granted;
  return [...scopes].every((scope) => granted.includes(scope)) ? [...scopes] : null;
}
