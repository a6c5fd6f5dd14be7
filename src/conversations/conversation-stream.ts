import { Injectable, type MessageEvent, type OnModuleDestroy } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { Observable } from 'rxjs';

import { type AskActorAgain, Problem } from '../platform/index.js';
import { Conversations } from './conversations.js';
import { GetConversation } from './get-conversation.query.js';

const pollMilliseconds = 1000;
const heartbeatPolls = 15;
const streamMillisecondsMax = 15 * 60 * 1000;

interface Followed {
  readonly askActor: AskActorAgain;
  readonly conversationId: string;
  /** Newest message sent: the id of every event, so that `Last-Event-ID` resumes behind it. */
  seen: number;
}

/**
 * New messages as server-sent events. Each batch is a disclosure of its own: it is read, ledgered and
 * committed before a byte of it leaves. At every look the caller is judged anew, and the stream ends
 * with what a request would be refused with; it ends at once where the service drains.
 */
@Injectable()
export class ConversationStream implements OnModuleDestroy {
  readonly #endings = new Set<AbortController>();
  #isDraining = false;

  constructor(
    private readonly queries: QueryBus,
    private readonly conversations: Conversations,
  ) {}

  /** The first step of a drain, before the door waits for the answers that are still open. */
  onModuleDestroy(): void {
    this.#isDraining = true;
    for (const ending of this.#endings) ending.abort();
  }

  open(
    askActor: AskActorAgain,
    conversationId: string,
    afterSeq: number,
  ): Observable<MessageEvent> {
    return new Observable((subscriber) => {
      const ending = new AbortController();
      this.#endings.add(ending);
      if (this.#isDraining) ending.abort();
      const followed = { askActor, conversationId, seen: afterSeq };
      void this.#follow(followed, ending.signal, (event) => {
        subscriber.next({ id: String(followed.seen), ...event });
      })
        .catch((error: unknown) => {
          // The answer has begun: an expected end is told by its code, a fault by the filter.
          if (!(error instanceof Problem)) throw error;
          subscriber.next({ id: String(followed.seen), type: 'end', data: { code: error.code } });
        })
        .then(
          () => subscriber.complete(),
          (error: unknown) => subscriber.error(error),
        );
      return () => {
        ending.abort();
        this.#endings.delete(ending);
      };
    });
  }

  async #follow(
    followed: Followed,
    ending: AbortSignal,
    send: (event: MessageEvent) => void,
  ): Promise<void> {
    const polls = streamMillisecondsMax / pollMilliseconds;
    const { askActor, conversationId } = followed;
    for (let poll = 0; poll < polls && !ending.aborted; poll += 1) {
      const actor = await askActor();
      const conversation = await this.conversations.own(actor, conversationId, 'conversation.read');
      if (conversation.lastSeq > followed.seen) {
        const asked = new GetConversation(conversationId, actor, followed.seen);
        const view = await this.queries.execute(asked);
        for (const message of view.messages) {
          followed.seen = message.seq;
          send({ type: 'message', data: message });
        }
      } else if (poll % heartbeatPolls === 0) {
        send({ type: 'heartbeat', data: { seq: followed.seen } });
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
    if (ending.aborted) done();
    else ending.addEventListener('abort', done);
  });
}
