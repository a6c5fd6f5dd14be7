import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

import type { EntityManager } from 'typeorm';

import {
  type Actor,
  type Clock,
  type EventId,
  type IdSource,
  type KeyStore,
  type PersonKey,
  type PersonKeyring,
  Problem,
  type SubjectRef,
} from '../platform/index.js';
import { type AuditEventDraft, eventDefinition, type EventOutcome } from './audit-event.js';
import { assertNothingSensitive } from './event-net.js';
import type { LedgerPolicy } from './ledger-policy.port.js';
import { canonicalJson } from './tree/canonical-json.js';
import { sha256 } from './tree/hash.js';

/** The largest event whose entry still fits 65,535 bytes, the frame around it included. */
export const eventBytesMax = 65_300;

/** An event as it stands in its row. `event` is hashed, sealed and shown as these very bytes. */
export interface EventRecord {
  readonly id: EventId;
  readonly event: string;
  readonly eventHash: Buffer;
  readonly mac: Buffer;
  readonly payload: Buffer | null;
  readonly payloadKeyId: string | null;
  readonly type: string;
  readonly actorId: string;
  readonly subjectRef: SubjectRef | null;
  readonly caseId: string | null;
  readonly outcome: EventOutcome;
  readonly requestId: string;
  /** ISO 8601 with milliseconds and `Z`. */
  readonly recordedAt: string;
}

/** What all events of one transaction share. */
export interface RecordingContext {
  readonly actor: Actor;
  readonly manager: EntityManager;
  readonly now: Date;
  /** Where the draft does not say. */
  readonly outcome: EventOutcome;
  readonly problem: Problem | null;
}

interface PersonalPayload {
  readonly payload: Buffer;
  readonly payloadKeyId: string;
  readonly commitment: string;
}

/** Makes event rows of what handlers report: completes, validates, canonicalises, hashes and authenticates. */
export class EventRecorder {
  constructor(
    private readonly keys: KeyStore,
    private readonly keyring: PersonKeyring,
    private readonly ids: IdSource,
    private readonly clock: Clock,
    private readonly policy: LedgerPolicy,
  ) {}

  now(): Date {
    return this.clock.now();
  }

  /**
   * @throws Error for an unknown type, a detail that breaks its schema or carries a secret, personal
   *   detail without a subject, or an event too large for an entry: faults of the reporting code.
   */
  async record(context: RecordingContext, draft: AuditEventDraft): Promise<EventRecord> {
    const id = this.ids.ordered<EventId>();
    const { actor } = context;
    const subjectRef = draft.subjectRef === undefined ? actor.subjectRef : draft.subjectRef;
    const outcome = draft.outcome ?? context.outcome;
    const personal = draft.personal
      ? await this.#sealPersonal(context, draft, { id, subjectRef })
      : null;
    const addressKey = await this.#addressKey(context);
    const recordedAt = context.now.toISOString();
    const event = canonicalJson({
      action: draft.action ?? draft.decision?.action ?? draft.type,
      actor: describeActor(actor),
      assurance: describeAssurance(actor, context.now),
      case: draft.caseId ?? null,
      code: draft.code ?? (outcome === 'success' ? null : (context.problem?.code ?? null)),
      dataAccessed: draft.dataAccessed ?? [],
      detail: checkedDetail(draft),
      id,
      occurredAt: draft.occurredAt?.toISOString() ?? recordedAt,
      origin: this.#describeOrigin(actor, addressKey),
      outcome,
      payloadCommitment: personal?.commitment ?? null,
      policy: draft.decision?.policy ?? this.policy.reference(),
      // Only a purpose that a decision has judged: the header may be anybody's free text.
      purpose: draft.decision?.purpose ?? null,
      recordedAt,
      resource: draft.resource ?? null,
      retention: this.#retention(draft.type, context.now),
      subject: subjectRef,
      type: draft.type,
    });
    assertFits(draft.type, event);
    return {
      id,
      event,
      eventHash: sha256(event),
      mac: this.keys.mac('audit-event', event),
      payload: personal?.payload ?? null,
      payloadKeyId: personal?.payloadKeyId ?? null,
      type: draft.type,
      actorId: actor.id,
      subjectRef,
      caseId: draft.caseId ?? null,
      outcome,
      requestId: actor.origin.requestId,
      recordedAt,
    };
  }

  /** A customer's address is committed to under the customer's own key, so that erasure silences it too. */
  async #addressKey({ actor, manager }: RecordingContext): Promise<PersonKey | null> {
    if (actor.subjectRef === null || actor.origin.address === null) return null;
    // A person whose making was rolled back, or who was erased, has no key: the service's own then serves.
    return this.keyring.keyOf(manager, actor.subjectRef).catch(() => null);
  }

  #describeOrigin({ origin }: Actor, key: PersonKey | null): object {
    const { address, userAgent } = origin;
    return {
      address: address === null ? null : this.#commitToAddress(address, key),
      channel: origin.channel,
      requestId: origin.requestId,
      traceId: origin.traceId,
      userAgent:
        userAgent === null
          ? null
          : this.keys.mac('address', `user-agent/v1\n${userAgent}`).toString('base64'),
    };
  }

  #commitToAddress(address: string, key: PersonKey | null): string {
    const text = `address/v1\n${address}`;
    const commitment =
      key === null
        ? this.keys.mac('address', text)
        : createHmac('sha256', key.commitmentKey).update(text).digest();
    return commitment.toString('base64');
  }

  #retention(type: string, recordedAt: Date): object {
    const { retentionClass } = eventDefinition(type);
    const expiresAt = this.policy.expiresAt(retentionClass, recordedAt).toISOString();
    return { class: retentionClass, expiresAt };
  }

  async #sealPersonal(
    { manager }: RecordingContext,
    draft: AuditEventDraft,
    { id, subjectRef }: Pick<EventRecord, 'id' | 'subjectRef'>,
  ): Promise<PersonalPayload> {
    if (subjectRef === null)
      throw new Error(`Event ${draft.type} has personal detail but no subject`);
    const key = await this.keyring.keyOf(manager, subjectRef);
    return sealPersonalPayload(key, id, draft.personal ?? {});
  }
}

function describeActor(actor: Actor): object {
  const { kind, id, level, onBehalfOf } = actor;
  // One member, as in the format; an actor with several roles acts under all of them.
  return {
    id,
    kind,
    level,
    onBehalfOf,
    role: actor.roles.length === 0 ? null : actor.roles.join(' '),
  };
}

function describeAssurance({ assurance }: Actor, now: Date): object {
  const { acr, amr, method, authenticatedAt } = assurance;
  const age =
    authenticatedAt === null
      ? null
      : Math.floor((now.getTime() - authenticatedAt.getTime()) / 1000);
  return { acr, age, amr, method };
}

function checkedDetail(draft: AuditEventDraft): unknown {
  const parsed = eventDefinition(draft.type).detail.safeParse(draft.detail);
  if (!parsed.success) {
    const places = parsed.error.issues.map((issue) => `/${issue.path.join('/')} ${issue.code}`);
    throw new Error(`Event ${draft.type} breaks its schema: ${places.join(', ')}`);
  }
  assertNothingSensitive(draft.type, { detail: parsed.data, resource: draft.resource?.id });
  return parsed.data;
}

function assertFits(type: string, event: string): void {
  if (event.length * 3 <= eventBytesMax) return;
  const bytes = Buffer.byteLength(event);
  if (bytes > eventBytesMax)
    throw new Error(`Event ${type} has ${bytes} bytes; ${eventBytesMax} fit an entry`);
}

const nonceBytes = 12;
const tagBytes = 16;

/** Bound as associated data, so that a payload fits no other event and no other key. */
function payloadContext(keyId: string, eventId: string): Buffer {
  return Buffer.from(`audit-payload/v1\n${keyId}\n${eventId}`);
}

function sealPersonalPayload(key: PersonKey, id: EventId, personal: object): PersonalPayload {
  const clear = canonicalJson(personal);
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key.encryptionKey, nonce);
  cipher.setAAD(payloadContext(key.keyId, id));
  const sealed = Buffer.concat([cipher.update(clear, 'utf8'), cipher.final()]);
  return {
    payload: Buffer.concat([nonce, cipher.getAuthTag(), sealed]),
    payloadKeyId: key.keyId,
    commitment: commitToPayload(key, id, clear),
  };
}

/**
 * GCM does not commit to its key; this does, and to the clear text with it. Keyed, because a bare
 * hash of a phone number is soon guessed.
 */
function commitToPayload(key: PersonKey, eventId: string, clear: string): string {
  const text = `audit-payload/v1\n${eventId}\n${clear}`;
  return createHmac('sha256', key.commitmentKey).update(text).digest('base64');
}

/**
 * Opens an event's personal detail and checks it against the commitment that stands in the entry.
 *
 * @throws Error where key, event, payload and commitment do not belong together.
 */
export function openPersonalPayload(
  key: PersonKey,
  eventId: string,
  sealed: { readonly payload: Buffer; readonly commitment: string },
): unknown {
  const { payload, commitment } = sealed;
  const decipher = createDecipheriv(
    'aes-256-gcm',
    key.encryptionKey,
    payload.subarray(0, nonceBytes),
    {
      authTagLength: tagBytes,
    },
  );
  decipher.setAAD(payloadContext(key.keyId, eventId));
  decipher.setAuthTag(payload.subarray(nonceBytes, nonceBytes + tagBytes));
  const clear =
    decipher.update(payload.subarray(nonceBytes + tagBytes), undefined, 'utf8') +
    decipher.final('utf8');
  if (commitToPayload(key, eventId, clear) !== commitment) {
    throw new Error(`The payload of event ${eventId} is not the one its entry commits to`);
  }
  return JSON.parse(clear);
}
