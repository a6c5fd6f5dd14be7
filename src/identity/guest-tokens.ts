import { Injectable } from '@nestjs/common';

import type { Tx } from '../ledger/index.js';
import type { ConversationId, SubjectRef } from '../platform/index.js';
import { CustomerSessions } from './customer-sessions.js';

/** Gives a guest the token of one conversation: good for it, its challenges and the status of its case. */
@Injectable()
export class GuestTokens {
  constructor(private readonly sessions: CustomerSessions) {}

  /** Opens the guest's session in the caller's transaction; the token lasts as long as policy says (a day). */
  async issue(
    tx: Pick<Tx, 'now' | 'query'>,
    conversationId: ConversationId,
    subjectRef: SubjectRef,
  ): Promise<string> {
    const session = await this.sessions.openForGuest(tx, conversationId, subjectRef);
    const { accessToken } = await this.sessions.issueToken(session);
    return accessToken;
  }
}
