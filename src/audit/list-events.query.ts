import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authority, Authorized, refusalOf } from '../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  disclosed,
  outcomes,
  receiptSchema,
  refused,
} from '../ledger/index.js';
import type { Actor } from '../platform/index.js';
import { Policies } from '../policy/index.js';
import { AuditLog, type LedgerEvent } from './audit-log.js';
import { eventsListed } from './audit.events.js';
import { eventInclusionSchema, EventProofs } from './event-proofs.js';
import { ledgerEventSchema, type LedgerEventView, viewOfEvent } from './event-view.js';
import {
  complianceStatuses,
  complianceStatusOf,
  type Violation,
  violationSchema,
  violationsIn,
} from './violations.js';

const pageDefault = 50;
const pageMax = 200;
const nameCharactersMax = 100;
const typesMax = 20;

export const listEventsSchema = z
  .strictObject({
    type: z
      .string()
      .max(nameCharactersMax * typesMax)
      .regex(
        /^[a-z][a-z_.-]*(?:,[a-z][a-z_.-]*){0,19}$/,
        'must be an event type, or a prefix of one ending in a dot; up to 20, with commas between',
      )
      .optional(),
    actor: z
      .union([z.uuid(), z.string().regex(/^[a-z][a-z-]{0,63}$/)], 'must be the id of an actor')
      .optional(),
    subject: z.uuid().optional(),
    caseId: z.uuid().optional(),
    from: z.iso.datetime().optional(),
    to: z.iso.datetime().optional(),
    outcome: z.enum(outcomes).optional(),
    limit: z.coerce.number().int().min(1).max(pageMax).default(pageDefault),
    after: z.uuid().optional(),
    proofs: z
      .enum(['true', 'false'])
      .default('false')
      .transform((value) => value === 'true')
      .describe('true: each event with the proof that it stands under `checkpoint`'),
  })
  .meta({ id: 'ListLedgerEvents' });

export const ledgerEventsSchema = z
  .strictObject({
    items: z.array(
      ledgerEventSchema.extend({
        inclusion: eventInclusionSchema
          .nullable()
          .optional()
          .describe('With `proofs=true`: null until the checkpoint covers the event'),
      }),
    ),
    checkpoint: z
      .string()
      .nullable()
      .optional()
      .describe('With `proofs=true`: the newest checkpoint, to which all proofs of the page lead'),
    complianceStatus: z
      .enum(complianceStatuses)
      .describe('Of the events on this page: whether they record a violation'),
    violations: z.array(violationSchema).describe('What the events on this page record of them'),
    next: z.string().nullable().describe('Pass as `after` for the next page; null on the last'),
    receipt: receiptSchema,
  })
  .meta({ id: 'LedgerEvents' });

export interface LedgerEventPage {
  readonly items: readonly LedgerEventView[];
  readonly complianceStatus: (typeof complianceStatuses)[number];
  readonly violations: readonly Violation[];
  readonly next: string | null;
  readonly checkpoint?: string | null;
}

/** Searches the audit events, newest first; the search is itself an event (PCI DSS v4.0.1 10.2.1.3). */
@Authorized('ledger.list-events')
export class ListEvents extends Query<Audited<LedgerEventPage>> {
  constructor(
    readonly input: z.infer<typeof listEventsSchema>,
    readonly actor: Actor,
  ) {
    super();
  }
}

@QueryHandler(ListEvents)
export class ListEventsHandler implements IQueryHandler<ListEvents> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly log: AuditLog,
    private readonly proofs: EventProofs,
    private readonly policies: Policies,
  ) {}

  execute({ actor, input }: ListEvents): Promise<Audited<LedgerEventPage>> {
    const { limit, after, proofs, ...filters } = input;
    return this.audited.disclose<LedgerEventPage>(actor, async (tx) => {
      const decision = await this.authority.decide(tx, actor, 'ledger.list-events', {});
      if (decision.kind !== 'permit') {
        const detail = { filters, count: 0 };
        return refused(refusalOf(decision), eventsListed({ decision, detail }));
      }
      // One more than the page holds tells whether there is a next one.
      const found = await this.log.listEvents(filters, { limit: limit + 1, after: after ?? null });
      const page = found.slice(0, limit);
      const next = found.length > limit ? (page.at(-1)?.id ?? null) : null;
      return disclosed(
        {
          ...(proofs ? await this.#prove(page) : { items: page.map(viewOfEvent) }),
          ...this.#judge(page),
          next,
        },
        eventsListed({
          decision,
          subjectRef: null,
          dataAccessed: ['event'],
          detail: { filters, count: page.length },
        }),
      );
    });
  }

  #judge(page: readonly LedgerEvent[]): Pick<LedgerEventPage, 'complianceStatus' | 'violations'> {
    const deviatingRules = new Set(this.policies.assurance.intents.map(({ id }) => id));
    const violations = violationsIn(page, deviatingRules);
    return { complianceStatus: complianceStatusOf(violations), violations };
  }

  async #prove(
    page: readonly LedgerEvent[],
  ): Promise<Pick<LedgerEventPage, 'items' | 'checkpoint'>> {
    const { checkpoint, inclusions } = await this.proofs.prove(page);
    const items = page.map((event) => ({
      ...viewOfEvent(event),
      inclusion: inclusions.get(event.id) ?? null,
    }));
    return { items, checkpoint };
  }
}
