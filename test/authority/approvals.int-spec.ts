import { VoteOnApproval } from '../../src/authority/approval/vote-on-approval.command.js';
import type { VoteDecision } from '../../src/authority/approval/approval-vote.entity.js';
import { type Actor, platformProblems } from '../../src/platform/index.js';
import { type ApprovalFixture, openApprovals, staff } from './approval-fixture.js';

const missing = '99999999-9999-4999-8999-999999999999';

describe('VoteOnApproval', () => {
  let bank: ApprovalFixture;

  beforeAll(async () => {
    bank = await openApprovals();
  });
  afterAll(() => bank.close());
  beforeEach(() => {
    bank.refunds.executions.length = 0;
    bank.refunds.settled.length = 0;
    bank.refunds.failures = 0;
  });

  interface Given {
    readonly decision?: VoteDecision;
    readonly reason?: string;
    readonly ifMatch?: string;
    readonly key?: string;
  }

  const vote = (id: string, by: Actor, given: Given = {}): ReturnType<typeof bank.votes.execute> =>
    bank.votes.execute(
      new VoteOnApproval(
        {
          requestId: id,
          input: { decision: given.decision ?? 'approve', reason: given.reason ?? 'As agreed' },
        },
        by,
        {
          ifMatch: given.ifMatch ?? null,
          idempotency:
            given.key === undefined
              ? undefined
              : { scope: `staff:${by.id} vote`, key: given.key, digest: 'ab'.repeat(32) },
        },
      ),
    );

  const codeOf = async (voting: Promise<unknown>): Promise<string> => {
    const [outcome] = await Promise.allSettled([voting]);
    if (outcome.status === 'fulfilled') return 'voted';
    return (outcome.reason as { code?: string }).code ?? String(outcome.reason);
  };

  it('carries the action out once the lead approves, and reports each step', async () => {
    const { id, level } = await bank.request(500_001n);
    expect(level).toBe('L2');

    const voted = await vote(id, staff('lead'));

    expect(voted).toMatchObject({ id, state: 'executed', level: 'L2' });
    expect(bank.refunds.executions).toHaveLength(1);
    expect(bank.refunds.settled).toEqual(['approved']);
    expect(await bank.eventTypes(id)).toEqual([
      'approval.requested',
      'approval.voted',
      'approval.approved',
      'approval.executed',
    ]);
  });

  it('refuses the requester’s own vote, and keeps the refusal', async () => {
    const { id } = await bank.request(2_500_001n, { by: staff('lead') });
    const own = staff('head', 'lead');

    expect(await codeOf(vote(id, own))).toBe('approval.own_request');
    expect(await bank.stateOf(id)).toBe('requested');
    expect(await bank.eventTypes(id)).toContain('approval.vote_refused');
  });

  it('counts a delegate as the person they act for', async () => {
    const { id } = await bank.request(500_001n);
    const delegate = staff('head', 'deputy', { onBehalfOf: 'staff-agent' });
    expect(await codeOf(vote(id, delegate))).toBe('approval.own_request');
  });

  it('refuses a voter below the level, of another role, and a customer', async () => {
    const { id } = await bank.request(2_500_001n);
    expect(await codeOf(vote(id, staff('fraud')))).toBe('authority.denied');
    expect(await codeOf(vote(id, staff('lead')))).toBe('authority.denied');
    expect(await codeOf(vote(id, staff('auditor')))).toBe('authority.denied');
    expect(await codeOf(vote(id, { ...staff('head'), kind: 'customer' }))).toBe('authority.denied');
    expect(bank.refunds.executions).toEqual([]);
  });

  it('answers an unknown request like one that does not exist', async () => {
    expect(await codeOf(vote(missing, staff('lead')))).toBe(
      platformProblems['resource.not_found']().code,
    );
  });

  it('ends with a rejection, and takes no vote after it', async () => {
    const { id } = await bank.request(500_001n);
    expect(await vote(id, staff('lead'), { decision: 'reject' })).toMatchObject({
      state: 'rejected',
    });
    expect(bank.refunds.settled).toEqual(['rejected']);
    await expect(vote(id, staff('head'))).rejects.toMatchObject({
      code: 'approval.decided',
      status: 409,
      extras: { allowed: [] },
    });
    expect(bank.refunds.executions).toEqual([]);
  });

  it('waits for a quorum of distinct persons', async () => {
    const { id, level } = await bank.request(100n, { category: 'class-action' });
    expect(level).toBe('board');
    expect(await vote(id, staff('board', 'board1'))).toMatchObject({ state: 'partially_approved' });
    expect(await codeOf(vote(id, staff('board', 'board1')))).toBe('approval.already_voted');
    expect(await vote(id, staff('board', 'board2'))).toMatchObject({ state: 'executed' });
    expect(bank.refunds.executions).toHaveLength(1);
  });

  it('waits for the level and for each required group', async () => {
    const { id, groups } = await bank.request(2_500_001n, { category: 'dispute' });
    expect(groups).toEqual(['finance', 'legal']);
    expect(await vote(id, staff('finance'))).toMatchObject({ state: 'partially_approved' });
    expect(await vote(id, staff('head'))).toMatchObject({ state: 'partially_approved' });
    expect(await vote(id, staff('legal'))).toMatchObject({ state: 'executed' });
  });

  it('is superseded where the facts now need more than was asked for, and executes nothing', async () => {
    const { id } = await bank.request(500_001n);
    bank.refunds.facts = {
      amountMinor: 500_001n,
      currency: 'USD',
      earlier: [{ scope: 'case', amountMinor: 2_099_999n, currency: 'USD' }],
    };
    // Judged now it needs L3: the lead, who would have sufficed, does not any more.
    expect(await codeOf(vote(id, staff('lead')))).toBe('authority.denied');
    expect(await codeOf(vote(id, staff('head')))).toBe('approval.superseded');
    expect(await bank.stateOf(id)).toBe('superseded');
    expect(bank.refunds.executions).toEqual([]);
  });

  it.each([
    ['is gone', null],
    ['has another amount', { amountMinor: 1n, currency: 'USD' }],
  ])('is superseded where what was requested %s', async (_, facts) => {
    const { id } = await bank.request(500_001n);
    bank.refunds.facts = facts;
    expect(await codeOf(vote(id, staff('lead')))).toBe('approval.superseded');
    expect(await bank.stateOf(id)).toBe('superseded');
  });

  it('votes on the version that was read only', async () => {
    const { id } = await bank.request(500_001n);
    expect(await codeOf(vote(id, staff('lead'), { ifMatch: '"7"' }))).toBe('approval.changed');
    expect(await vote(id, staff('lead'), { ifMatch: '"1"' })).toMatchObject({ state: 'executed' });
  });

  it('answers a repeated request as the first time, and executes nothing again', async () => {
    const { id } = await bank.request(500_001n);
    const first = await vote(id, staff('lead'), { key: 'once' });
    const second = await vote(id, staff('lead'), { key: 'once' });
    expect(second.receipt).toEqual(first.receipt);
    expect(bank.refunds.executions).toHaveLength(1);
  });

  it('stores the reason without payment data', async () => {
    const { id } = await bank.request(500_001n);
    await vote(id, staff('lead'), { reason: 'Card 4111 1111 1111 1111 was charged twice' });
    const found = await bank.database.query(
      'SELECT reason FROM approval_votes WHERE request_id = $1',
      [id],
    );
    expect(JSON.stringify(found)).not.toContain('4111 1111');
  });

  it('executes once under 20 parallel votes', async () => {
    const { id } = await bank.request(500_001n);
    const voters = Array.from({ length: 20 }, (_, index) => staff('lead', `lead${index}`));
    const codes = await Promise.all(voters.map((voter) => codeOf(vote(id, voter))));
    expect(codes.filter((code) => code === 'voted')).toHaveLength(1);
    expect(codes.filter((code) => code === 'approval.decided')).toHaveLength(19);
    expect(bank.refunds.executions).toHaveLength(1);
    expect(await bank.stateOf(id)).toBe('executed');
  });

  it('stays approved where the execution fails, and is carried out once by a later sweep', async () => {
    const { id } = await bank.request(500_001n);
    bank.refunds.failures = 1;
    expect(await vote(id, staff('lead'))).toMatchObject({ state: 'approved' });

    const soon = bank.clock.now();
    await bank.execution.resume(id, soon);
    expect(bank.refunds.executions).toEqual([]);

    bank.clock.advance(61_000);
    const later = new Date(bank.clock.now().getTime() - 60_000);
    await Promise.all(Array.from({ length: 20 }, () => bank.execution.resume(id, later)));
    expect(bank.refunds.executions).toHaveLength(1);
    expect(await bank.stateOf(id)).toBe('executed');
  });

  it('expires by itself, and takes no vote after its time', async () => {
    const first = await bank.request(500_001n);
    const second = await bank.request(500_001n);
    await bank.expiry.expire(first.id);
    expect(await bank.stateOf(first.id)).toBe('requested');

    bank.clock.advance(72 * 3_600_000);
    await bank.expiry.expire(first.id);
    expect(await bank.stateOf(first.id)).toBe('expired');
    expect(await codeOf(vote(second.id, staff('lead')))).toBe('approval.expired');
    expect(await bank.stateOf(second.id)).toBe('expired');
  });
});
