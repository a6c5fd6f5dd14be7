import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../authority/index.js';
import { GuestTokens } from '../identity/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  refused,
  type Tx,
  type WriteOutcome,
} from '../ledger/index.js';
import {
  type ConversationId,
  IdSource,
  PersonKeyring,
  type SubjectRef,
} from '../platform/index.js';
import { Conversation } from './conversation.entity.js';
import { conversationRefused, conversationStarted } from './conversations.events.js';
import { StartConversation, type StartedConversation } from './start-conversation.command.js';

@CommandHandler(StartConversation)
export class StartConversationHandler implements ICommandHandler<StartConversation> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly guestTokens: GuestTokens,
    private readonly keyring: PersonKeyring,
    private readonly ids: IdSource,
  ) {}

  async execute(command: StartConversation): Promise<Audited<StartedConversation>> {
    const { actor, idempotency } = command;
    return this.audited.run(actor, (tx) => this.#start(tx, command), { idempotency });
  }

  async #start(
    tx: Tx,
    { actor, input }: StartConversation,
  ): Promise<WriteOutcome<StartedConversation>> {
    const id = this.ids.ordered<ConversationId>();
    // A guest is a person too: what they write lies under a key of its own, and can be erased.
    const subjectRef = actor.subjectRef ?? this.ids.random<SubjectRef>();
    const decision = await this.authority.decide(tx, actor, 'conversation.start', {});
    if (decision.kind !== 'permit') {
      return refused(refusalOf(decision), conversationRefused({ decision, detail: {} }));
    }
    const isGuest = actor.subjectRef === null;
    if (isGuest) await this.keyring.create(tx.manager, subjectRef);
    const conversation = Conversation.start(
      id,
      { kind: actor.kind, subjectRef },
      { channel: input.channel, now: tx.now },
    );
    await tx.manager.insert(Conversation, conversation);
    const { channel, state } = conversation;
    const token = isGuest
      ? { conversationToken: await this.guestTokens.issue(tx, id, subjectRef) }
      : {};
    return committed(
      { id, channel, state, ...token },
      conversationStarted({
        decision,
        subjectRef,
        resource: { kind: 'conversation', id },
        detail: { channel },
      }),
    );
  }
}
