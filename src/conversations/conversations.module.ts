import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';

import { BankingModule } from '../banking/index.js';
import { CasesModule } from '../cases/index.js';
import { IdentityModule } from '../identity/index.js';
import { IntentsModule } from '../intents/index.js';
import { PrivacyModule } from '../privacy/index.js';
import { VerificationModule } from '../verification/index.js';
import { AnswerCode } from './answer-code.js';
import { ClassifyMessageHandler } from './classify-message.query.js';
import { Conversation } from './conversation.entity.js';
import { ConversationStream } from './conversation-stream.js';
import { ConversationsController } from './conversations.controller.js';
import { Conversations } from './conversations.js';
import { GetConversationHandler } from './get-conversation.query.js';
import { HandOff } from './hand-off.entity.js';
import { Message } from './message.entity.js';
import { PendingIntentResumption } from './pending-intent-resumption.js';
import { PendingIntent } from './pending-intent.entity.js';
import { BalancePlaybook } from './playbooks/balance.playbook.js';
import { CaseDetailsPlaybook } from './playbooks/case-details.playbook.js';
import { DisputeTransactionPlaybook } from './playbooks/dispute-transaction.playbook.js';
import { DisputePlaybook } from './playbooks/dispute.playbook.js';
import { FraudPlaybook } from './playbooks/fraud.playbook.js';
import { Gate } from './playbooks/gate.js';
import { PaymentPlaybook } from './playbooks/payment.playbook.js';
import { DisclosurePlaybooks, NoticePlaybooks } from './playbooks/playbook-groups.js';
import { Playbooks } from './playbooks/playbooks.js';
import { ReceiveMessageHandler } from './receive-message.handler.js';
import { TurnRecorder } from './record-turn.js';
import { Replies } from './replies.js';
import { Recall } from './recall.js';
import { ResumePendingIntents } from './resume-pending-intents.js';
import { TurnRunner } from './run-turn.js';
import { StartConversationHandler } from './start-conversation.handler.js';
import { Transcript } from './transcript.js';
import { Understanding } from './understand.js';

@Module({
  imports: [
    CqrsModule,
    TypeOrmModule.forFeature([Conversation, Message, PendingIntent, HandOff]),
    BankingModule,
    CasesModule,
    IdentityModule,
    IntentsModule,
    PrivacyModule,
    VerificationModule,
  ],
  controllers: [ConversationsController],
  providers: [
    StartConversationHandler,
    ReceiveMessageHandler,
    GetConversationHandler,
    ClassifyMessageHandler,
    AnswerCode,
    BalancePlaybook,
    CaseDetailsPlaybook,
    Conversations,
    ConversationStream,
    DisclosurePlaybooks,
    DisputePlaybook,
    DisputeTransactionPlaybook,
    FraudPlaybook,
    Gate,
    NoticePlaybooks,
    PaymentPlaybook,
    PendingIntentResumption,
    Playbooks,
    Recall,
    Replies,
    ResumePendingIntents,
    Transcript,
    TurnRecorder,
    TurnRunner,
    Understanding,
  ],
})
export class ConversationsModule {}
