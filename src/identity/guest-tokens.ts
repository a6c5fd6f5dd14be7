import { Injectable } from '@nestjs/common';

import type { ConversationId, SubjectRef } from '../platform/index.js';
import { CustomerSessions } from './customer-sessions.js';

/** Gives a guest the token of one conversation: good for it, its challenges and the status of its case. */
@Injectable()
export class GuestTokens {
  constructor(private readonly sessions: CustomerSessions) {}

  /** Call it once the conversation has committed; lasts as long as policy says (a day). */
  async issue(conversationId: ConversationId, subjectRef: SubjectRef): Promise<string> {
    const session = await this.sessions.openForGuest(conversationId, subjectRef);
    const { accessToken } = await this.sessions.issueToken(session);
    return accessToken;
  }
}
