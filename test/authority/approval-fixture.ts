import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DataSource } from 'typeorm';

import {
  ApprovableActions,
  type ApprovableAction,
  type ApprovalDecision,
} from '../../src/authority/approval/approvable-action.port.js';
import { ApprovalExecution } from '../../src/authority/approval/approval-execution.js';
import { ApprovalExpiry } from '../../src/authority/approval/approval-expiry.js';
import { ApprovalRequest } from '../../src/authority/approval/approval-request.entity.js';
import { ApprovalVote } from '../../src/authority/approval/approval-vote.entity.js';
import { Approvals, type RequestedApproval } from '../../src/authority/approval/approvals.js';
import { type Facts, PolicyAuthority } from '../../src/authority/index.js';
import { VoteOnApprovalHandler } from '../../src/authority/approval/vote-on-approval.handler.js';
import { Admission } from '../../src/ledger/admission.js';
import { EventRecorder } from '../../src/ledger/event-record.js';
import { IdempotencyKeys } from '../../src/ledger/idempotency.js';
import { committed } from '../../src/ledger/index.js';
import { PostgresAuditedTransaction } from '../../src/ledger/postgres-audited-transaction.js';
import { ReceiptSigner } from '../../src/ledger/receipt-signer.js';
import {
  type Actor,
  type CaseId,
  FileKeyStore,
  PersonKeyring,
  serviceActor,
  SimulatedClock,
  SystemIdSource,
} from '../../src/platform/index.js';
import { findPoliciesDirectory, loadPolicies, Policies } from '../../src/policy/index.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';

export const policies = new Policies(loadPolicies(findPoliciesDirectory()));

export function staff(role: string, name = role, changes: Partial<Actor> = {}): Actor {
  return {
    ...serviceActor(`staff-${name}`, '33333333-3333-4333-8333-333333333333'),
    kind: 'staff',
    roles: [role],
    level: policies.authority.roles.find(({ id }) => id === role)?.level ?? null,
    assurance: {
      acr: 'aal2',
      amr: ['pwd', 'otp'],
      method: 'totp',
      authenticatedAt: new Date('2026-03-02T10:00:00Z'),
    },
    ...changes,
  };
}

/** Stands at the port for the refunds of a case: what they ask for may change under the vote. */
export class FakeRefunds implements ApprovableAction {
  readonly action = 'refund.create';
  readonly executions: string[] = [];
  readonly settled: ApprovalDecision[] = [];
  facts: Facts | null = null;
  failures = 0;

  factsNow(): Promise<Facts | null> {
    return Promise.resolve(this.facts);
  }

  settle(...[, , decision]: Parameters<ApprovableAction['settle']>): Promise<[]> {
    this.settled.push(decision);
    return Promise.resolve([]);
  }

  execute(request: ApprovalRequest): Promise<void> {
    if (this.failures > 0) {
      this.failures -= 1;
      return Promise.reject(new Error('The bank is silent'));
    }
    this.executions.push(request.resourceId);
    return Promise.resolve();
  }

  earlierOf(): Promise<[]> {
    return Promise.resolve([]);
  }
}

export interface ApprovalFixture {
  readonly database: TestDatabase;
  readonly clock: SimulatedClock;
  readonly audited: PostgresAuditedTransaction;
  readonly ids: SystemIdSource;
  readonly refunds: FakeRefunds;
  readonly execution: ApprovalExecution;
  readonly expiry: ApprovalExpiry;
  readonly votes: VoteOnApprovalHandler;
  /** Asks for a refund as an agent would, in dollars and cents. */
  request(
    amountMinor: bigint,
    changes?: { by?: Actor; category?: string },
  ): Promise<RequestedApproval>;
  stateOf(id: string): Promise<string>;
  eventTypes(id: string): Promise<string[]>;
  close(): Promise<void>;
}

const origin = 'test.example/approvals';

async function openRunner(
  database: TestDatabase,
  keysDirectory: string,
  clock: SimulatedClock,
): Promise<{ source: DataSource; audited: PostgresAuditedTransaction }> {
  const keys = await FileKeyStore.open({
    directory: keysDirectory,
    masterKey: null,
    production: false,
  });
  const source = new DataSource({
    type: 'postgres',
    url: database.urls.app.reveal(),
    entities: [ApprovalRequest, ApprovalVote],
    extra: { max: 8, pipeline: true },
    installExtensions: false,
    poolErrorHandler: () => undefined,
  });
  await source.initialize();
  const ids = new SystemIdSource();
  const recorder = new EventRecorder(keys, new PersonKeyring(keys, ids), ids, clock, policies);
  const receipts = new ReceiptSigner(keys, origin);
  const idempotency = new IdempotencyKeys(keys);
  const admission = new Admission();
  return {
    source,
    audited: new PostgresAuditedTransaction(source, recorder, receipts, idempotency, admission),
  };
}

/** Approvals on a migrated database of their own, with fake refunds at the port. */
export async function openApprovals(): Promise<ApprovalFixture> {
  const database = await openTestDatabase();
  const keysDirectory = await mkdtemp(join(tmpdir(), 'probity-keys-'));
  const clock = new SimulatedClock(new Date('2026-03-02T10:00:00Z'));
  const { source, audited } = await openRunner(database, keysDirectory, clock);
  const ids = new SystemIdSource();
  const refunds = new FakeRefunds();
  const actions = new ApprovableActions();
  actions.register(refunds);
  const authority = new PolicyAuthority(policies, clock);
  const approvals = new Approvals(actions, authority, policies, ids);
  const execution = new ApprovalExecution(audited, approvals, actions, ids);

  const request: ApprovalFixture['request'] = (amountMinor, changes = {}) => {
    const { by = staff('agent'), category = null } = changes;
    const facts: Facts = { amountMinor, currency: 'USD', category };
    refunds.facts = facts;
    return audited.run(by, async (tx) => {
      const decision = await authority.decide(tx, by, 'refund.create', facts);
      if (decision.kind !== 'approval') throw new Error(`Expected approval, got ${decision.kind}`);
      const requested = {
        resource: { kind: 'refund', id: ids.random() },
        caseId: ids.random<CaseId>(),
        amountMinor,
        aggregateMinor: amountMinor,
        currency: 'USD',
        category,
      };
      const { view, event } = await approvals.request(tx, requested, decision);
      return committed(view, event);
    });
  };

  return {
    database,
    clock,
    audited,
    ids,
    refunds,
    execution,
    expiry: new ApprovalExpiry(audited, approvals, ids),
    votes: new VoteOnApprovalHandler(audited, authority, approvals, execution, ids),
    request,
    stateOf: async (id) =>
      (await source.getRepository(ApprovalRequest).findOneByOrFail({ id })).state,
    eventTypes: async (id) => {
      const rows: { type: string }[] = await source.query(
        `SELECT type FROM audit_events
         WHERE event::jsonb -> 'resource' ->> 'id' = $1 ORDER BY id`,
        [id],
      );
      return rows.map(({ type }) => type);
    },
    close: async () => {
      await source.destroy();
      await database.close();
      await rm(keysDirectory, { recursive: true, force: true });
    },
  };
}
