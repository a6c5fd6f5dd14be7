import { Injectable, type MessageEvent } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { Observable } from 'rxjs';

import type { Actor } from '../platform/index.js';
import { Conversations } from './conversations.js';
import { GetConversation } from './get-conversation.query.js';

const pollMilliseconds = 1000;
const heartbeatPolls = 15;
const streamMillisecondsMax = 15 * 60 * 1000;

/**
 * New messages as server-sent events. Each batch is a disclosure of its own: it is read, ledgered and
 * committed before a byte of it leaves.
 */
@Injectable()
export class ConversationStream {
  constructor(
    private readonly queries: QueryBus,
    private readonly conversations: Conversations,
  ) {}

  open(actor: Actor, conversationId: string, afterSeq: number): Observable<MessageEvent> {
    return new Observable((subscriber) => {
      const ending = new AbortController();
      void this.#follow({ actor, conversationId, afterSeq }, ending.signal, (event) => {
        subscriber.next(event);
      }).then(
        () => {
          subscriber.complete();
        },
        (error: unknown) => {
          subscriber.error(error);
        },
      );
      return () => {
        ending.abort();
      };
    });
  }

  async #follow(
    { actor, conversationId, afterSeq }: { actor: Actor; conversationId: string; afterSeq: number },
    ending: AbortSignal,
    send: (event: MessageEvent) => void,
  ): Promise<void> {
    const polls = streamMillisecondsMax / pollMilliseconds;
    let seen = afterSeq;
    for (let poll = 0; poll < polls && !ending.aborted; poll += 1) {
      const conversation = await this.conversations.own(actor, conversationId, 'conversation.read');
      if (conversation.lastSeq > seen) {
        const view = await this.queries.execute(new GetConversation(conversationId, actor, seen));
        for (const message of view.messages)
          send({ id: String(message.seq), type: 'message', data: message });
        seen = view.messages.at(-1)?.seq ?? seen;
      } else if (poll % heartbeatPolls === 0) {
        send({ type: 'heartbeat', data: { seq: seen } });
      }
      await pause(ending);
    }
  }
}

function pause(ending: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      ending.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, pollMilliseconds);
    ending.addEventListener('abort', done);
  });
}
