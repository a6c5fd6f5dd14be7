import type { INestApplicationContext } from '@nestjs/common';

import { AuditedTransaction, committed } from '../../src/ledger/index.js';
import {
  type Actor,
  serviceActor,
  type SessionId,
  type SubjectRef,
} from '../../src/platform/index.js';
import { Grants, type GrantUse } from '../../src/verification/index.js';
import { sessionProtectionRefused as nothingTaken } from '../../src/verification/verification.events.js';

/** Takes a grant of the session that a token names, as a context that moves money does. */
export async function takeGrant(
  app: INestApplicationContext,
  token: string,
  use: GrantUse,
): Promise<boolean> {
  const actor = actorOf(token);
  const { granted } = await app.get(AuditedTransaction).run(actor, async (tx) => {
    const taken = await app.get(Grants).take(tx, use);
    const event = taken.granted ? taken.event : taken.events[0];
    return committed({ granted: taken.granted }, event ?? nothingTaken({ detail: {} }));
  });
  return granted;
}

function actorOf(token: string): Actor {
  const claims = Buffer.from(token.split('.')[1]!, 'base64url').toString();
  const { sub, sid } = JSON.parse(claims) as { sub: SubjectRef; sid: SessionId };
  return {
    ...serviceActor('test', '00000000-0000-4000-8000-000000000000'),
    kind: 'customer',
    id: sub,
    sessionId: sid,
    subjectRef: sub,
  };
}
