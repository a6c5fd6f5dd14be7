import {
  type CompletenessProofJson,
  parseCompletenessProof,
  parseVerifierKey,
  verifyCompletenessProof,
} from '../../src/ledger/index.js';
import { jane, Probity } from '../support/app.js';

const nobody = '99999999-9999-4999-8999-999999999999';
const path = '/v1/ledger/completeness-proof';

describe('completeness over HTTP', () => {
  let probity: Probity;
  let auditor: string;
  let compliance: string;
  let subject: string;

  beforeAll(async () => {
    probity = await Probity.open();
    auditor = await probity.staff('auditor');
    compliance = await probity.staff('compliance');
    await probity.signIn(jane);
    const events = await probity.events();
    subject = events.find((event) => event.subject !== null)!.subject!;
  });
  afterAll(() => probity.close());

  const verified = async (body: object) => {
    const { body: keys } = await probity.get('/v1/ledger/keys');
    const verifiers = (keys.items as { vkey: string }[]).map(({ vkey }) => parseVerifierKey(vkey));
    const origin = verifiers[0]!.name;
    return verifyCompletenessProof(parseCompletenessProof(body), { origin, verifiers });
  };
  const commit = async (): Promise<{ treeSize: number; receipt: { eventId: string } }> => {
    // A commitment is over what a checkpoint covers: everything about the customer, then.
    await probity.eventually(async () => {
      const [covering] = await probity.database.query(
        `SELECT tree_size FROM audit_checkpoints WHERE tree_size > (
           SELECT leaf_index FROM audit_entries WHERE event_id = (
             SELECT id FROM audit_events WHERE subject_ref = $1 ORDER BY id DESC LIMIT 1
           )) LIMIT 1`,
        [subject],
      );
      return covering;
    });
    const { status, body } = await probity.post('/v1/ledger/index-commitments', {}, compliance);
    expect(status).toBe(201);
    await probity.eventually(async () => {
      const proof = await probity.get(
        `/v1/ledger/events/${body.receipt.eventId}/inclusion-proof`,
        auditor,
      );
      return proof.status === 200 ? proof : null;
    });
    return body;
  };

  it('says so while no commitment stands', async () => {
    const { status, body } = await probity.get(`${path}?subject=${subject}`, auditor);
    expect([status, body.code]).toEqual([409, 'proof.index_not_committed']);
  });

  it('shows an auditor all events of a customer, checkable with the public key alone', async () => {
    const { treeSize } = await commit();
    const { status, body } = await probity.get(`${path}?subject=${subject}`, auditor);
    expect(status).toBe(200);
    expect(body.treeSize).toBe(treeSize);
    expect(body.entries.length).toBeGreaterThan(0);
    expect(await verified(body)).toMatchObject({ treeSize, events: body.entries.length });

    const { entries } = body as CompletenessProofJson;
    await expect(verified({ ...body, entries: entries.slice(1) })).rejects.toMatchObject({
      fault: 'events_differ',
    });
    const [event] = (await probity.events()).slice(-1);
    expect(event).toMatchObject({
      type: 'ledger.completeness_proved',
      subject,
      outcome: 'success',
    });
  });

  it('proves of a stranger that there is nothing, and leaves no trace about them', async () => {
    const { body } = await probity.get(`${path}?subject=${nobody}`, auditor);
    expect(await verified(body)).toMatchObject({ events: 0 });
    const { body: ofCase } = await probity.get(`${path}?caseId=${nobody}`, auditor);
    expect(await verified(ofCase)).toMatchObject({ events: 0 });
    const [event] = (await probity.events()).slice(-1);
    expect(event).toMatchObject({ type: 'ledger.completeness_proved', case: null, subject: null });
  });

  it('refuses everybody else, customers about themselves too, and each refusal is an event', async () => {
    for (const token of [await probity.staff('agent'), await probity.signIn(jane)]) {
      const read = await probity.get(`${path}?subject=${subject}`, token);
      expect([read.status, read.body.code]).toEqual([403, 'authority.denied']);
      expect((await probity.events()).at(-1)).toMatchObject({
        type: 'ledger.completeness_proved',
        outcome: 'refused',
      });
      const made = await probity.post('/v1/ledger/index-commitments', {}, token);
      expect([made.status, made.body.code]).toEqual([403, 'authority.denied']);
      expect((await probity.events()).at(-1)).toMatchObject({
        type: 'ledger.index_commitment_refused',
        outcome: 'refused',
      });
    }
    expect((await probity.get(`${path}?subject=${subject}`)).status).toBe(401);
  });

  it.each(['', '?subject=x', `?subject=${nobody}&caseId=${nobody}`, `?caseId=${nobody}&x=1`])(
    'answers 400 to %s',
    async (query) => {
      const { status, body } = await probity.get(`${path}${query}`, auditor);
      expect([status, body.code]).toEqual([400, 'input.invalid']);
    },
  );

  it('replays the answer to a repeated request and commits once', async () => {
    const caller = { token: compliance, headers: { 'Idempotency-Key': 'commit-index-once' } };
    const first = await probity.post('/v1/ledger/index-commitments', {}, caller);
    const second = await probity.post('/v1/ledger/index-commitments', {}, caller);
    expect(second.body).toEqual(first.body);
  });
});
