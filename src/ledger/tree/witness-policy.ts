import {
  type NoteVerifier,
  parseVerifierKey,
  SignedNoteError,
  type SignatureType,
} from './signed-note.js';

/**
 * Whose word is enough (C2SP tlog-policy): logs, witnesses, groups of them, and the quorum that a
 * checkpoint needs. For instance two of three witnesses:
 *
 *     log <vkey>
 *     witness north <vkey> https://north.example
 *     witness south <vkey>
 *     witness regulator <vkey>
 *     group two-of-three 2 north south regulator
 *     quorum two-of-three
 */
export interface WitnessPolicy {
  readonly logs: readonly PolicyKey[];
  readonly witnesses: readonly (PolicyKey & { readonly name: string })[];
  readonly quorum: Quorum;
}

export interface PolicyKey {
  readonly verifier: NoteVerifier;
  readonly url: string | null;
}

/** A witness counts as itself; a group where `threshold` of its members do; `none` always does. */
export type Quorum =
  | { readonly kind: 'none' }
  | { readonly kind: 'witness'; readonly verifier: NoteVerifier }
  | { readonly kind: 'group'; readonly threshold: number; readonly members: readonly Quorum[] };

/** Thrown for a text that is no policy. The message names the line. */
export class WitnessPolicyError extends Error {
  override readonly name = 'WitnessPolicyError';
}

const linesMax = 1_000;

/** @throws WitnessPolicyError where the text is malformed or leaves the quorum open. */
export function parseWitnessPolicy(text: string): WitnessPolicy {
  // Tab and newline are the only control characters that a policy may hold.
  if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text)) {
    throw new WitnessPolicyError('A control character');
  }
  const lines = text.split('\n');
  if (lines.length > linesMax) throw new WitnessPolicyError('The policy is too long');
  const reading = new PolicyReading();
  for (const [place, line] of lines.entries()) {
    const items = line.split(/[ \t]+/).filter((item) => item !== '');
    if (items.length === 0 || items[0]?.startsWith('#')) continue;
    try {
      reading.take(items);
    } catch (error) {
      if (!(error instanceof WitnessPolicyError || error instanceof SignedNoteError)) throw error;
      throw new WitnessPolicyError(`Line ${place + 1}: ${error.message}`);
    }
  }
  return reading.finish();
}

/** Tells whether the witnesses that cosigned are enough for the quorum. */
export function isQuorumReached(quorum: Quorum, cosignedBy: readonly NoteVerifier[]): boolean {
  switch (quorum.kind) {
    case 'none':
      return true;
    case 'witness':
      return cosignedBy.some((one) => isSamePublicKey(one, quorum.verifier));
    case 'group': {
      const reached = quorum.members.filter((member) => isQuorumReached(member, cosignedBy));
      return reached.length >= quorum.threshold;
    }
  }
}

function isSamePublicKey(one: NoteVerifier, other: NoteVerifier): boolean {
  return one.publicKeyBytes.equals(other.publicKeyBytes);
}

class PolicyReading {
  readonly #logs: PolicyKey[] = [];
  readonly #witnesses: (PolicyKey & { readonly name: string })[] = [];
  readonly #named = new Map<string, Quorum>();
  readonly #members = new Set<string>();
  #quorum: Quorum | null = null;

  take([keyword, ...items]: readonly string[]): void {
    if (keyword === 'log') this.#takeLog(items);
    else if (keyword === 'witness') this.#takeWitness(items);
    else if (keyword === 'group') this.#takeGroup(items);
    else if (keyword === 'quorum') this.#takeQuorum(items);
    else throw new WitnessPolicyError('Neither log, witness, group nor quorum');
  }

  finish(): WitnessPolicy {
    if (!this.#quorum) throw new WitnessPolicyError('There is no quorum line');
    return { logs: this.#logs, witnesses: this.#witnesses, quorum: this.#quorum };
  }

  #takeLog([key = '', url, ...rest]: readonly string[]): void {
    assertNothing(rest);
    const verifier = keyOf(key, 'ed25519');
    assertNew(verifier, this.#logs);
    this.#logs.push({ verifier, url: url ?? null });
  }

  #takeWitness([name = '', key = '', url, ...rest]: readonly string[]): void {
    assertNothing(rest);
    const verifier = keyOf(key, 'cosignature');
    assertNew(verifier, this.#witnesses);
    this.#define(name, { kind: 'witness', verifier });
    this.#witnesses.push({ name, verifier, url: url ?? null });
  }

  #takeGroup([name = '', count = '', ...names]: readonly string[]): void {
    const members = names.map((member) => this.#takeMember(member));
    const threshold = thresholdOf(count, members.length);
    this.#define(name, { kind: 'group', threshold, members });
  }

  /** In one group only: nobody's word counts twice. */
  #takeMember(name: string): Quorum {
    const member = this.#named.get(name);
    if (!member) throw new WitnessPolicyError(`Nobody is called ${name} so far`);
    if (this.#members.has(name)) throw new WitnessPolicyError(`${name} is a member twice`);
    this.#members.add(name);
    return member;
  }

  #takeQuorum([name = '', ...rest]: readonly string[]): void {
    assertNothing(rest);
    if (this.#quorum) throw new WitnessPolicyError('There is a quorum already');
    const quorum = name === 'none' ? { kind: 'none' as const } : this.#named.get(name);
    if (!quorum) throw new WitnessPolicyError(`Nobody is called ${name} so far`);
    this.#quorum = quorum;
  }

  #define(name: string, quorum: Quorum): void {
    if (name === '' || name === 'none' || this.#named.has(name)) {
      throw new WitnessPolicyError('The name is taken');
    }
    this.#named.set(name, quorum);
  }
}

function keyOf(text: string, type: SignatureType): NoteVerifier {
  const verifier = parseVerifierKey(text);
  if (verifier.type !== type) throw new WitnessPolicyError('A key of the wrong type');
  return verifier;
}

function thresholdOf(count: string, members: number): number {
  if (count === 'any' && members > 0) return 1;
  if (count === 'all' && members > 0) return members;
  const threshold = /^[1-9]\d{0,2}$/.test(count) ? Number(count) : 0;
  if (threshold < 1 || threshold > members) throw new WitnessPolicyError('Not a number of members');
  return threshold;
}

/** The same key under two names would be counted twice. */
function assertNew(verifier: NoteVerifier, known: readonly PolicyKey[]): void {
  if (known.some((one) => isSamePublicKey(one.verifier, verifier))) {
    throw new WitnessPolicyError('The key is named twice');
  }
}

function assertNothing(rest: readonly string[]): void {
  if (rest.length > 0) throw new WitnessPolicyError('The line is too long');
}
