import { randomUUID } from 'node:crypto';

import { Client } from 'pg';

import { JobQueue } from '../../src/platform/index.js';
import { jane, juan, Probity, type Reply } from '../support/app.js';

const key = (): Record<string, string> => ({ 'Idempotency-Key': randomUUID() });
const janesCard = '4000 0000 0008 1234';

let probity: Probity;

function open(body: object, token: string, headers = key()): Promise<Reply> {
  return probity.post('/v1/cases', body, { token, headers });
}

const tokens = new Map<string, Promise<string>>();

/** Signs in once: a code is not taken twice, and another is not sent within a minute. */
function once(name: string, signIn: () => Promise<string>): Promise<string> {
  const known = tokens.get(name) ?? signIn();
  tokens.set(name, known);
  return known;
}

function staff(name: string): Promise<string> {
  return once(name, () => probity.staff(name));
}

function proven(customer: typeof jane): Promise<string> {
  return once(customer.customerNumber, () => prove(customer));
}

async function prove(customer: typeof jane): Promise<string> {
  const token = await probity.signIn(customer);
  const { body } = await probity.post(
    '/v1/challenges',
    { method: 'sms', purpose: 'fraud' },
    { token, headers: { 'Probity-Purpose': 'fraud' } },
  );
  const code = await probity.newestCode(customer.phone);
  const attempt = await probity.post(
    `/v1/challenges/${body.id as string}/attempts`,
    { code },
    token,
  );
  return attempt.body.accessToken as string;
}

/** A guest's token: that of a conversation. */
async function guest(): Promise<string> {
  return (await probity.startChat()).token;
}

async function containmentsOf(caseId: string, token: string): Promise<Reply> {
  return probity.get(`/v1/cases/${caseId}/containments`, token);
}

/** What staff see of a containment once nothing more is under way at the bank. */
async function settled(caseId: string, staff: string): Promise<{ state: string; reason: string }> {
  return probity.eventually(async () => {
    const [row] = await probity.database.query<{ pending_effect: string | null }>(
      'SELECT pending_effect FROM containments WHERE case_id = $1',
      [caseId],
    );
    if (row?.pending_effect !== null) return null;
    return (await containmentsOf(caseId, staff)).body.items[0];
  });
}

describe('Cases over HTTP', () => {
  let bank: Client;

  beforeAll(async () => {
    probity = await Probity.open();
    bank = new Client({ connectionString: probity.database.urls.bankSuperuser.reveal() });
    await bank.connect();
  });
  afterAll(async () => {
    await bank.end();
    await probity.close();
  });

  describe('A notice of fraud', () => {
    it('by a signed-in customer blocks their only card, tells them, and they can undo it at aal2', async () => {
      const token = await probity.signIn(jane);
      const opened = await open(
        { type: 'fraud', amount: { amount: '500.00', currency: 'USD' } },
        token,
      );
      expect(opened.status).toBe(201);
      expect(opened.body).toMatchObject({
        case: { type: 'fraud', priority: 'critical', missingFields: [] },
        containment: { state: 'applied', reason: null },
        maskedPhone: '**34',
      });
      const dueIn = Date.parse(opened.body.callBackDueAt as string) - Date.now();
      expect(dueIn).toBeGreaterThan(14 * 60_000);
      expect(dueIn).toBeLessThanOrEqual(15 * 60_000);

      const clocks = await probity.get(
        `/v1/cases/${opened.body.case.id as string}/deadlines`,
        token,
      );
      expect(clocks.body.items).toMatchObject([
        { kind: 'call_back', dueAt: opened.body.callBackDueAt },
        { kind: 'resolution_target', calendar: 'us-federal-reserve' },
      ]);

      const told = await probity.eventually(async () => {
        const outbox = await probity.get(
          `/dev/outbox?destination=${encodeURIComponent(jane.phone)}`,
        );
        return outbox.body.items.find((item: { text: string }) =>
          item.text.includes(opened.body.case.number as string),
        );
      });
      expect(told.text).toContain('1234');

      const path = `/v1/cases/${opened.body.case.id as string}/containments`;
      const release = `${path}/${opened.body.containment.id as string}/release`;
      const early = await probity.post(release, undefined, token);
      expect([early.status, early.body.code]).toEqual([401, 'assurance.insufficient']);

      const holder = await proven(jane);
      const foreign = await probity.post(release, undefined, await proven(juan));
      expect([foreign.status, foreign.body.code]).toEqual([404, 'resource.not_found']);
      const released = await probity.post(release, undefined, holder);
      expect([released.status, released.body.containment?.state]).toEqual([201, 'released']);
      const again = await probity.post(release, undefined, holder);
      expect([again.status, again.body.code]).toEqual([409, 'containment.not_releasable']);
      const { rows } = await bank.query('SELECT 1 FROM bank.card_blocks WHERE released_at IS NULL');
      expect(rows).toEqual([]);
      for (const type of ['fraud.reported', 'containment.applied', 'containment.released']) {
        expect((await probity.events(type)).length).toBeGreaterThan(0);
      }
    });

    it('by a guest is answered alike whether the card exists or not, and blocks it only if it does', async () => {
      const analyst = await staff('fraud');
      const details = [
        { customerNumber: '100001', lastFour: '1234' },
        { customerNumber: '100001', lastFour: '9999' },
        { number: janesCard },
      ];
      const answers = [];
      for (const card of details) {
        const token = await guest();
        const { status, body } = await open({ type: 'fraud', card }, token);
        const outcome = await settled(body.case.id as string, analyst);
        const shown = await containmentsOf(body.case.id as string, token);
        answers.push({
          status,
          seen: [body.case.missingFields, body.maskedPhone, body.containment.state],
          shown: shown.body.items.map(({ id: _, ...rest }: { id: string }) => rest),
          outcome: outcome.state,
        });
      }
      const alike = answers.map(({ outcome: _, ...seen }) => seen);
      expect(alike[1]).toEqual(alike[0]);
      expect(alike[2]).toEqual(alike[0]);
      expect(answers.map(({ outcome }) => outcome)).toEqual(['applied', 'requested', 'applied']);
    });

    it('by a guest counts at most three containments a day, and is taken all the same', async () => {
      const analyst = await staff('fraud');
      const token = await guest();
      const card = { customerNumber: '100001', lastFour: '1234' };
      const { status, body } = await open({ type: 'fraud', card }, token);
      expect(status).toBe(201);
      expect(body.containment.state).toBe('requested');
      expect(await settled(body.case.id as string, analyst)).toMatchObject({
        state: 'requested',
        reason: 'containment_limit',
      });
      const own = await open({ type: 'fraud' }, await probity.signIn(jane));
      expect(own.body.containment.state).toBe('applied');
    });

    it('without details of the card is taken, asks for them, and stands as requested', async () => {
      const token = await guest();
      const { status, body } = await open(
        { type: 'fraud', description: 'Somebody has my card' },
        token,
      );
      expect(status).toBe(201);
      expect(body.case.missingFields).toEqual(['cardDetails']);
      expect((await containmentsOf(body.case.id as string, token)).body.items).toMatchObject([
        { state: 'requested', reason: 'card_not_identified' },
      ]);
    });

    it('is taken while the bank is silent, and the card is blocked once it answers again', async () => {
      const token = await probity.signIn(jane);
      await bank.query('BEGIN');
      await bank.query('LOCK TABLE bank.customers, bank.cards, bank.card_blocks');
      const { status, body } = await open({ type: 'fraud' }, token);
      await bank.query('ROLLBACK');
      expect(status).toBe(201);
      expect(body).toMatchObject({ containment: { state: 'requested' }, maskedPhone: null });
      await probity.restart();
      expect(await settled(body.case.id as string, await staff('fraud'))).toMatchObject({
        state: 'applied',
      });
    });

    it('is taken while the bank answers with faults', async () => {
      const token = await probity.signIn(jane);
      await bank.query('ALTER SCHEMA bank RENAME TO bank_down');
      const fraud = await open({ type: 'fraud' }, token);
      const dispute = await open({ type: 'dispute', merchant: 'Electric Bill' }, token);
      await bank.query('ALTER SCHEMA bank_down RENAME TO bank');
      expect([fraud.status, dispute.status]).toEqual([201, 201]);
      const path = `/v1/cases/${dispute.body.case.id as string}`;
      const seen = await probity.get(path, await staff('disputes'));
      expect(seen.body.flags).toEqual(['bank_unavailable']);

      await probity.app.get(JobQueue).runDue();
      const later = await probity.get(path, await staff('disputes'));
      expect(later.body.flags).toEqual([]);
      expect(await probity.events('dispute.reassessed')).toHaveLength(1);
    });
  });

  describe('A dispute', () => {
    it('opens with what is known, lists what is missing, and has both clocks with their citations', async () => {
      const token = await probity.signIn(jane);
      const { status, body } = await open({ type: 'dispute', merchant: 'OnlineStore.com' }, token);
      expect(status).toBe(201);
      expect(body.case.missingFields).toEqual(['reason', 'date', 'amount']);
      const { body: deadlines } = await probity.get(
        `/v1/cases/${body.case.id as string}/deadlines`,
        token,
      );
      const kinds = deadlines.items.map(({ kind }: { kind: string }) => kind);
      expect(kinds).toEqual(
        expect.arrayContaining([
          'acknowledgement',
          'update',
          'determination',
          'provisional_credit',
          'investigation',
        ]),
      );
      expect(deadlines.items[0]).toMatchObject({
        state: 'running',
        rule: { id: expect.any(String), citation: expect.any(String) },
        inputs: { noticeOn: expect.any(String) },
        calendar: 'us-federal-reserve',
        steps: expect.arrayContaining([expect.stringContaining('business day 10')]),
      });
      expect(JSON.stringify(deadlines)).not.toContain('firstDepositOn');
    });

    it('runs 20 business days and 90 days for a foreign transfer of a new account', async () => {
      const mei = await probity.signIn({ customerNumber: '100003', passcode: '112358' });
      const { body } = await open({ type: 'dispute', merchant: 'Camera Shop' }, mei);
      const { body: deadlines } = await probity.get(
        `/v1/cases/${body.case.id as string}/deadlines`,
        await staff('disputes'),
      );
      const rules = deadlines.items.map(({ rule }: { rule: { id: string } }) => rule.id);
      expect(rules).toEqual(
        expect.arrayContaining(['reg-e.determination.new-account', 'reg-e.investigation.extended']),
      );
    });

    it('keeps a notice that fits no transaction, flagged, and one given twice, linked', async () => {
      const token = await probity.signIn(jane);
      const odd = await open(
        { type: 'dispute', amount: { amount: '77.77', currency: 'USD' } },
        token,
      );
      const agent = await staff('disputes');
      const seen = await probity.get(`/v1/cases/${odd.body.case.id as string}`, agent);
      expect(seen.body.flags).toEqual(['transaction_mismatch']);
      expect(seen.headers.get('etag')).toBe(`"${String(seen.body.version)}"`);

      const twice = { type: 'dispute', merchant: 'Restaurant' };
      const first = await open(twice, token);
      const second = await open(twice, token);
      const linked = await probity.get(`/v1/cases/${second.body.case.id as string}`, agent);
      expect(linked.body.links).toEqual([
        { kind: 'duplicate-of', caseId: first.body.case.id as string },
      ]);
    });

    it('shows its own customer the transaction’s facts at aal2 only, and others nothing', async () => {
      const { body } = await open(
        { type: 'dispute', merchant: 'Gas Station', reason: 'I did not make this' },
        await probity.signIn(jane),
      );
      const path = `/v1/cases/${body.case.id as string}`;
      const below = await probity.get(path, await probity.signIn(jane));
      expect([below.status, below.body.transaction]).toEqual([200, null]);
      const shown = await probity.get(path, await proven(jane));
      expect(shown.body.transaction).toMatchObject({ merchant: 'Gas Station' });
      const stranger = await proven(juan);
      for (const path404 of [path, `/v1/cases/${randomUUID()}`, '/v1/cases/nonsense']) {
        const { status, body: problem } = await probity.get(path404, stranger);
        expect([status, problem.code]).toEqual([404, 'resource.not_found']);
      }
      expect(await probity.events('case.access_refused')).not.toEqual([]);
    });
  });

  describe('Numbers', () => {
    it('are unique and ascending under 50 parallel openings', async () => {
      const token = await staff('agent');
      const replies = await Promise.all(
        Array.from({ length: 50 }, () => open({ type: 'ticket', description: 'Help' }, token)),
      );
      const numbers = replies.map(({ body }) => body.case.number as string).sort();
      expect(new Set(numbers).size).toBe(50);
      expect(numbers[0]).toMatch(/^TICK-\d{4}-0001$/);
      expect(numbers.at(-1)).toMatch(/^TICK-\d{4}-0050$/);
    });
  });

  describe('Lists', () => {
    it('show staff all cases, customers their own, and admins none', async () => {
      const all = await probity.get('/v1/cases?type=fraud&limit=2', await staff('fraud'));
      expect(all.body.items).toHaveLength(2);
      const next = await probity.get(
        `/v1/cases?type=fraud&limit=2&after=${all.body.next as string}`,
        await staff('fraud'),
      );
      expect(next.body.items[0].id < all.body.items[1].id).toBe(true);

      const juans = await probity.get('/v1/cases', await probity.signIn(juan));
      expect([juans.status, juans.body.items]).toEqual([200, []]);
      const admin = await probity.get('/v1/cases', await staff('admin'));
      expect([admin.status, admin.body.code]).toEqual([403, 'authority.denied']);
    });
  });

  describe('A request', () => {
    it('with the same key is opened once, with another body refused, without a key invalid', async () => {
      const token = await staff('agent');
      const headers = key();
      const first = await open({ type: 'complaint' }, token, headers);
      const again = await open({ type: 'complaint' }, token, headers);
      expect(again.body).toEqual(first.body);
      expect((await open({ type: 'ticket' }, token, headers)).status).toBe(422);
      expect((await open({ type: 'ticket' }, token, {})).status).toBe(400);
    });
  });
});
