import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { NotificationRelay } from '../../src/notifications/index.js';
import { SimulatedClock } from '../../src/platform/index.js';
import { jane, juan, Probity, type Reply } from '../support/app.js';
import { type Work, WorkRecorder } from './recorded-work.js';

const minute = 60_000;
const kinds = ['unknown', 'locked', 'wrong'] as const;
type Kind = (typeof kinds)[number];
const numberOf: Record<Kind, string> = {
  unknown: '900001',
  locked: juan.customerNumber,
  wrong: jane.customerNumber,
};
/** Five for a purpose and ten for a number lock; whoever fails once has the same rows. */
const failures: Record<Kind, number> = { unknown: 1, locked: 5, wrong: 1 };

interface Step {
  readonly work: Work;
  readonly reply: Reply | null;
}

/**
 * Time cannot tell what the work does not: whatever a claimed number is, the same statements run in
 * the same order and as many rows are written.
 */
describe('an unknown number, a locked one and a wrong code', () => {
  const clock = new SimulatedClock();
  const guests = new Map<Kind, string>();
  let probity: Probity;
  let recorder: WorkRecorder;
  const challengeIds = new Map<Kind, string>();

  /** Each kind comes from an address of its own, so that no limit by address is met. */
  const headersOf = (kind: Kind): Record<string, string> => ({
    'x-forwarded-for': `10.0.0.${String(kinds.indexOf(kind) + 1)}`,
  });
  const post = (kind: Kind, path: string, body?: object): Promise<Reply> =>
    probity.call('POST', path, { token: guests.get(kind), body, headers: headersOf(kind) });
  const signIn = (kind: Kind): Promise<Reply> =>
    probity.call('POST', '/v1/customer-sessions', {
      body: { customerNumber: numberOf[kind], passcode: '999999' },
      headers: headersOf(kind),
    });
  const ask = (kind: Kind, purpose: string): Promise<Reply> =>
    post(kind, '/v1/challenges', { method: 'sms', purpose, customerNumber: numberOf[kind] });
  const attempt = (kind: Kind, id: string): Promise<Reply> =>
    post(kind, `/v1/challenges/${id}/attempts`, { code: 'wrong' });
  const deliver = (): Promise<number> => probity.app.get(NotificationRelay).deliverDue();

  beforeAll(async () => {
    probity = await Probity.open({ clock, env: { PROBITY_TRUSTED_PROXIES: '127.0.0.1' } });
    // From here on messages are taken when the spec says so.
    await probity.app.get(NotificationRelay).beforeApplicationShutdown();
    recorder = new WorkRecorder(probity.database, probity.app.getHttpServer());
    for (const kind of kinds) {
      guests.set(kind, (await probity.startChat()).token);
      for (let times = 0; times < failures[kind]; times += 1) await signIn(kind);
      for (const purpose of ['statement', 'dispute']) {
        const { body } = await ask(kind, purpose);
        for (let times = 0; times < failures[kind]; times += 1) await attempt(kind, body.id);
      }
    }
    await deliver();
    // Past the limit on sending, well within the locks.
    clock.advance(6 * minute);
  });
  afterAll(async () => {
    recorder.close();
    await probity.close();
  });

  /** The same step of each kind, with the work it made. */
  async function workOf(step: (kind: Kind) => Promise<Reply | null>): Promise<[Step, Step, Step]> {
    const steps: Step[] = [];
    for (const kind of kinds) {
      let reply: Reply | null = null;
      const work = await recorder.of(async () => {
        reply = await step(kind);
      });
      steps.push({ work, reply });
    }
    return steps as [Step, Step, Step];
  }

  function expectAlike([unknown, locked, wrong]: [Step, Step, Step]): void {
    expect(wrong.work.statements.length).toBeGreaterThan(0);
    expect(locked.work).toEqual(wrong.work);
    expect(unknown.work).toEqual(wrong.work);
    expect(tellable(locked)).toEqual(tellable(wrong));
    expect(tellable(unknown)).toEqual(tellable(wrong));
  }

  it('cost the same to sign in', async () => {
    const steps = await workOf(signIn);
    expectAlike(steps);
    expect(steps[0].work.rows).toEqual({ audit_events: 1, rate_limits: 1, sign_in_counters: 1 });
    expect(steps.map(({ reply }) => reply?.status)).toEqual([401, 401, 401]);
  });

  it('cost the same to ask for a code, to the last row and member', async () => {
    const steps = await workOf(async (kind) => {
      const reply = await ask(kind, 'account-access');
      challengeIds.set(kind, reply.body.id as string);
      return reply;
    });
    expectAlike(steps);
    expect(steps.map(({ reply }) => reply?.status)).toEqual([201, 201, 201]);
    expect(steps.map(({ reply }) => reply?.body.attemptsLeft as number)).toEqual([5, 5, 5]);
  });

  it('cost the relay the same, which tells one of the three', async () => {
    // In the order in which the kinds asked, one a run.
    const notifications = await probity.database.query<{ id: string }>(
      `SELECT id FROM notifications WHERE state = 'queued' ORDER BY created_at, id`,
    );
    expect(notifications).toHaveLength(3);
    const works: Work[] = [];
    for (const { id } of notifications) {
      await probity.database.query(
        `UPDATE notifications SET next_attempt_at = CASE WHEN id = $1 THEN $2::timestamptz
           ELSE $2::timestamptz + interval '1 minute' END WHERE state = 'queued'`,
        [id, clock.now()],
      );
      works.push(await recorder.of(deliver));
    }
    expect(works[0]).toEqual(works[2]);
    expect(works[1]).toEqual(works[2]);
    expect(works[2]!.rows).toMatchObject({ audit_events: 2, notifications: 1 });
    const states = await probity.database.query<{ state: string }>(
      `SELECT state FROM notifications WHERE id = ANY($1) ORDER BY created_at, id`,
      [notifications.map(({ id }) => id)],
    );
    expect(states.map(({ state }) => state)).toEqual(['withheld', 'withheld', 'sent']);
  });

  it.each(['first', 'second'])('cost the same at the %s wrong code', async () => {
    const steps = await workOf((kind) => attempt(kind, challengeIds.get(kind)!));
    expectAlike(steps);
    expect(steps[0].work.rows).toMatchObject({ audit_events: 1, verification_counters: 2 });
    expect(steps.map(({ reply }) => reply?.status)).toEqual([401, 401, 401]);
  });

  it('cost the same to send again', async () => {
    clock.advance(minute);
    const steps = await workOf((kind) =>
      post(kind, `/v1/challenges/${challengeIds.get(kind)!}/resend`),
    );
    expectAlike(steps);
    expect(steps.map(({ reply }) => reply?.status)).toEqual([200, 200, 200]);
  });
});

/** What an observer can compare: status, headers' names, and a body without what every answer has of its own. */
function tellable({ reply }: Step): object | null {
  if (!reply) return null;
  const own = ['id', 'instance', 'requestId', 'receipt', 'resendAt', 'expiresAt'];
  const body = Object.entries(reply.body as Record<string, unknown>).map(([name, value]) =>
    own.includes(name) ? name : [name, value],
  );
  return { status: reply.status, headers: [...reply.headers.keys()], body };
}
