import { Injectable } from '@nestjs/common';

import type { Tx } from '../ledger/index.js';
import {
  type CaseId,
  type Channel,
  type ConversationId,
  IdSource,
  type SubjectRef,
} from '../platform/index.js';
import { Policies } from '../policy/index.js';
import { type CaseFacts, SealedFacts } from './case-facts.js';
import { firstStatus } from './case-status.js';
import { type CasePriority, type CaseType, formatCaseNumber } from './case-type.js';
import { Case } from './case.entity.js';
import { Task } from './task.entity.js';

/** What a new case is made of. */
export interface NewCase {
  readonly type: CaseType;
  readonly priority: CasePriority;
  readonly queue: string;
  readonly subjectRef: SubjectRef;
  readonly channel: Channel;
  readonly conversationId?: ConversationId | null | undefined;
  readonly facts: CaseFacts;
  readonly missingFields: readonly string[];
  readonly flags?: readonly string[];
  readonly isEscalated?: boolean;
}

/** Opens cases, changes them under their lock, and gives out their numbers. */
@Injectable()
export class CaseRegister {
  constructor(
    private readonly facts: SealedFacts,
    private readonly policies: Policies,
    private readonly ids: IdSource,
  ) {}

  async open(tx: Tx, made: NewCase): Promise<Case> {
    const id = this.ids.ordered<CaseId>();
    const { subjectRef } = made;
    const facts = await this.facts.seal(tx.manager, { id, subjectRef }, made.facts);
    const opened = Object.assign(new Case(), {
      id,
      type: made.type,
      status: firstStatus[made.type],
      priority: made.priority,
      queue: made.queue,
      subjectRef,
      fromGuest: tx.actor.kind === 'guest',
      channel: made.channel,
      conversationId: made.conversationId ?? null,
      missingFields: [...made.missingFields],
      flags: [...(made.flags ?? [])],
      facts,
      receivedAt: tx.now,
      escalatedAt: made.isEscalated ? tx.now : null,
      updatedAt: tx.now,
      version: 1,
      // Last, because others wait for this row until the transaction ends.
      number: await this.#nextNumber(tx, made.type),
    });
    await tx.manager.insert(Case, opened);
    return opened;
  }

  /** Locks a case until the transaction ends; null where it does not exist. */
  lock(tx: Tx, caseId: string): Promise<Case | null> {
    return tx.manager.findOne(Case, {
      where: { id: caseId as CaseId },
      lock: { mode: 'pessimistic_write' },
    });
  }

  /** Stores what changed and counts the change. */
  async change(
    tx: Tx,
    changed: Case,
    parts: Partial<Pick<Case, 'status' | 'missingFields' | 'flags' | 'facts'>>,
  ): Promise<void> {
    Object.assign(changed, parts, { updatedAt: tx.now, version: changed.version + 1 });
    const { updatedAt, version } = changed;
    await tx.manager.update(Case, { id: changed.id }, { ...parts, updatedAt, version });
  }

  /** Flags a case that was opened in this transaction: its first version, which tells nobody of flags. */
  async flag(tx: Tx, opened: Case, flags: readonly string[]): Promise<void> {
    if (flags.length === 0) return;
    opened.flags = [...flags];
    await tx.manager.update(Case, { id: opened.id }, { flags: opened.flags });
  }

  async addTask(
    tx: Tx,
    made: Pick<Task, 'caseId' | 'kind' | 'queue'> & { readonly dueAt?: Date },
  ): Promise<Task> {
    const task = Object.assign(new Task(), {
      id: this.ids.ordered(),
      caseId: made.caseId,
      kind: made.kind,
      queue: made.queue,
      state: 'open' as const,
      dueAt: made.dueAt ?? null,
      createdAt: tx.now,
      doneAt: null,
    });
    await tx.manager.insert(Task, task);
    return task;
  }

  /** The year is that of the institution's own date. */
  async #nextNumber(tx: Tx, type: CaseType): Promise<string> {
    const { timeZone } = this.policies.calendars.institution;
    const year = Number(
      new Intl.DateTimeFormat('en-US', { timeZone, year: 'numeric' }).format(tx.now),
    );
    const [row] = await tx.query<{ last_number: number }>(
      `INSERT INTO case_numbers AS n (type, year, last_number) VALUES ($1, $2, 1)
       ON CONFLICT (type, year) DO UPDATE SET last_number = n.last_number + 1
       RETURNING last_number`,
      [type, year],
    );
    if (!row) throw new Error('No case number was given out');
    return formatCaseNumber(type, year, row.last_number);
  }
}
