import { redact } from './redact.js';
import type { RedactionKind } from './redaction.js';

/** What a net caught: the kind, and where in the value (RFC 6901 pointer). */
export interface DeepRedaction {
  readonly kind: RedactionKind;
  readonly pointer: string;
}

/** A value that may leave, and what had to be taken out of it. */
export interface RedactedValue {
  readonly value: unknown;
  readonly redactions: readonly DeepRedaction[];
}

/** As deep as canonical JSON goes, and more values than the largest entry of the log can hold. */
const DEPTH_MAX = 64;
const NODES_MAX = 40_000;
const TOO_DEEP = '[too deep]';
const CIRCULAR = '[circular]';

/** Members whose value is a secret whatever it looks like; compared without case and separators. */
const SECRET_MEMBERS: ReadonlyMap<string, RedactionKind> = new Map([
  ...kinds('cvv', 'cvv cvv2 cvc cvc2 csc cardverificationcode cardsecuritycode'),
  ...kinds('pin', 'pin pincode pinnumber pinblock'),
  ...kinds('password', 'password passwd pwd passcode passphrase'),
  ...kinds('one-time-code', 'otp onetimecode onetimepassword verificationcode totp'),
  ...kinds('ssn', 'ssn socialsecuritynumber itin taxid'),
  ...kinds('private-key', 'privatekey secretkey signingkey'),
  ...kinds('seed-phrase', 'seedphrase mnemonic recoveryphrase'),
  ...kinds(
    'access-token',
    'accesstoken refreshtoken authorization apikey clientsecret cookie setcookie secret totpsecret mfatoken',
  ),
]);

function kinds(kind: RedactionKind, names: string): [string, RedactionKind][] {
  return names.split(' ').map((name) => [name, kind]);
}

/** The kind of secret that a member holds whatever its value looks like; undefined where it holds none. */
export function secretMember(name: string): RedactionKind | undefined {
  return SECRET_MEMBERS.get(name.toLowerCase().replace(/[^a-z\d]/g, ''));
}

function escapePointer(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** One walk over one value; it holds what was found and which objects are open above the present one. */
class DeepWalk {
  readonly redactions: DeepRedaction[] = [];
  private readonly open = new Set<object>();
  private nodes = 0;

  visit(value: unknown, pointer: string): unknown {
    this.nodes += 1;
    if (typeof value === 'string') return this.text(value, pointer);
    if (typeof value === 'number' || typeof value === 'bigint') return this.number(value, pointer);
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Date || ArrayBuffer.isView(value)) return value;
    if (this.open.has(value)) return CIRCULAR;
    if (this.open.size >= DEPTH_MAX || this.nodes > NODES_MAX) return TOO_DEEP;
    this.open.add(value);
    const result = this.container(value, pointer);
    this.open.delete(value);
    return result;
  }

  private text(value: string, pointer: string): string {
    const { text, redactions } = redact(value);
    for (const { kind } of redactions) this.redactions.push({ kind, pointer });
    return redactions.length === 0 ? value : text;
  }

  /** A card number may travel as a number; every other number is none of our business. */
  private number(value: number | bigint, pointer: string): unknown {
    const digits = String(value);
    if (!/^\d{12,19}$/.test(digits)) return value;
    const redacted = this.text(digits, pointer);
    return redacted === digits ? value : redacted;
  }

  private container(value: object, pointer: string): unknown {
    if (Array.isArray(value)) {
      return value.map((item: unknown, index) => this.visit(item, `${pointer}/${String(index)}`));
    }
    if (value instanceof Map) return this.members([...value], pointer);
    if (value instanceof Set) return this.visit([...value], pointer);
    if (value instanceof Error) {
      const { name, message, stack, cause } = value;
      return this.members(
        [...Object.entries(value), ...Object.entries({ name, message, stack, cause })],
        pointer,
      );
    }
    return this.members(Object.entries(value), pointer);
  }

  private members(entries: [unknown, unknown][], pointer: string): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const [key, item] of entries) {
      const name = this.name(String(key), pointer);
      const below = `${pointer}/${escapePointer(name)}`;
      Object.defineProperty(result, name, {
        value: this.member(name, item, below),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return result;
  }

  /** A short word of letters is none of the things that are looked for. */
  private name(key: string, pointer: string): string {
    return /^[A-Za-z_]{1,32}$/.test(key) ? key : this.text(key, pointer);
  }

  private member(name: string, item: unknown, pointer: string): unknown {
    const kind = secretMember(name);
    const isValue = typeof item === 'string' || typeof item === 'number';
    if (kind === undefined || !isValue || item === '') return this.visit(item, pointer);
    if (typeof item === 'string' && /^\[[a-z-]+( removed)?\]$/.test(item)) return item;
    this.redactions.push({ kind, pointer });
    return `[${kind} removed]`;
  }
}

/**
 * Redacts every string of a value, member names included, and the values of members that are secret
 * by name: the net under log lines, problems and event payloads. The value itself is not changed.
 * Bounded in depth and size, safe with cycles, never throws; a find is a defect of whoever built it.
 */
export function redactDeep(value: unknown): RedactedValue {
  const walk = new DeepWalk();
  try {
    return { value: walk.visit(value, ''), redactions: walk.redactions };
  } catch {
    // A getter or a proxy of the value threw: nothing of it may leave.
    return { value: '[unreadable]', redactions: walk.redactions };
  }
}
