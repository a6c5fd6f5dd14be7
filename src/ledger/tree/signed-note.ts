import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

import { decodeBase64 } from './base64.js';
import { sha256 } from './hash.js';

/**
 * Signed notes (C2SP signed-note): a text, a blank line, and one line per signature,
 * `— <name> base64(key id ‖ signature)`.
 */

/** Thrown for a text that is no signed note, or one whose known key did not sign it. */
export class SignedNoteError extends Error {
  override readonly name = 'SignedNoteError';
}

/** The byte that says what a key signs: the text itself, or a time and the text. */
export const signatureTypes = { ed25519: 0x01, cosignature: 0x04 } as const;
export type SignatureType = keyof typeof signatureTypes;

/** Signs notes; `name` is the key's, for a log its origin. */
export interface NoteSigner {
  readonly name: string;
  readonly privateKey: KeyObject;
  readonly publicKeyBytes: Uint8Array;
}

export interface NoteVerifier {
  readonly name: string;
  readonly type: SignatureType;
  readonly keyId: Buffer;
  readonly publicKeyBytes: Buffer;
}

export interface NoteSignature {
  readonly name: string;
  readonly keyId: Buffer;
  readonly signature: Buffer;
}

/** A note taken apart; nothing of it is verified. */
export interface SplitNote {
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** A note whose signatures by known keys are good. */
export interface OpenedNote {
  readonly text: string;
  readonly verifiedBy: readonly NoteSignature[];
  /** Signatures by keys that nobody named: kept, never trusted. */
  readonly unverified: readonly NoteSignature[];
}

const ed25519KeyBytes = 32;
const ed25519SignatureBytes = 64;
const keyIdBytes = 4;
const timeBytes = 8;
/** A note is short; a longer one is no note but an attack on whoever reads it. */
const noteLengthMax = 1_000_000;
const signaturesMax = 100;
const signatureMark = '— ';
/** SubjectPublicKeyInfo of an Ed25519 key (RFC 8410 §4) up to the 32 key bytes. */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** The first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key): a hint, not a promise. */
export function noteKeyId(
  name: string,
  publicKeyBytes: Uint8Array,
  type: SignatureType = 'ed25519',
): Buffer {
  const material = [Buffer.from(`${name}\n`), Buffer.from([signatureTypes[type]]), publicKeyBytes];
  return sha256(Buffer.concat(material)).subarray(0, keyIdBytes);
}

/** What a note is opened with, from a name and 32 bytes of key. */
export function noteVerifier(
  name: string,
  publicKeyBytes: Uint8Array,
  type: SignatureType = 'ed25519',
): NoteVerifier {
  assertName(name);
  const keyId = noteKeyId(name, publicKeyBytes, type);
  return { name, type, keyId, publicKeyBytes: Buffer.from(publicKeyBytes) };
}

/** `name+hex8(keyId)+base64(type ‖ public key)`. */
export function formatVerifierKey(
  name: string,
  publicKeyBytes: Uint8Array,
  type: SignatureType = 'ed25519',
): string {
  assertName(name);
  const encoded = Buffer.concat([Buffer.from([signatureTypes[type]]), publicKeyBytes]);
  const keyId = noteKeyId(name, publicKeyBytes, type).toString('hex');
  return `${name}+${keyId}+${encoded.toString('base64')}`;
}

/** @throws SignedNoteError where the text is no key of a known type, or its key id is not its own. */
export function parseVerifierKey(text: string): NoteVerifier {
  const [, name = '', keyId = '', encoded = ''] =
    /^([^+]+)\+([0-9a-f]{8})\+(.+)$/s.exec(text) ?? [];
  assertName(name);
  const key = decodeBase64(encoded);
  const type = (['ed25519', 'cosignature'] as const).find(
    (one) => key?.[0] === signatureTypes[one],
  );
  if (!type || key?.length !== 1 + ed25519KeyBytes) {
    throw new SignedNoteError('Not an Ed25519 verifier key');
  }
  const verifier = noteVerifier(name, key.subarray(1), type);
  if (verifier.keyId.toString('hex') !== keyId)
    throw new SignedNoteError('The key id is not of this key');
  return verifier;
}

/** @throws SignedNoteError where the text cannot be a note's, or a name a key's. */
export function signNote(text: string, signers: readonly NoteSigner[]): string {
  assertText(text);
  const lines = signers.map(({ name, privateKey, publicKeyBytes }) =>
    formatSignature({
      name,
      keyId: noteKeyId(name, publicKeyBytes),
      signature: sign(null, Buffer.from(text), privateKey),
    }),
  );
  return `${text}\n${lines.join('')}`;
}

/** One signature line, newline included. */
export function formatSignature({ name, keyId, signature }: NoteSignature): string {
  assertName(name);
  return `${signatureMark}${name} ${Buffer.concat([keyId, signature]).toString('base64')}\n`;
}

/**
 * Adds signatures that others made over the note's text; one that stands there already, by the same
 * key, is replaced.
 *
 * @throws SignedNoteError where the note is malformed.
 */
export function addSignatures(note: string, added: readonly NoteSignature[]): string {
  const { text, signatures } = splitNote(note);
  const kept = signatures.filter((one) => !added.some((other) => isSameKey(one, other)));
  return `${text}\n${[...kept, ...added].map(formatSignature).join('')}`;
}

/**
 * Opens a note against the keys one knows. Signatures by other keys are ignored; one bad signature
 * by a known key rejects the note, whatever the others say.
 *
 * @throws SignedNoteError where the note is malformed, or no known key signed it.
 */
export function openNote(note: string, verifiers: readonly NoteVerifier[]): OpenedNote {
  const { text, signatures } = splitNote(note);
  const verifiedBy: NoteSignature[] = [];
  const unverified: NoteSignature[] = [];
  for (const signature of signatures) {
    const verifier = verifierOf(signature, verifiers);
    if (!verifier) unverified.push(signature);
    else if (!isSignedBy(text, signature, verifier))
      throw new SignedNoteError('A signature is bad');
    else if (!verifiedBy.some((known) => isSameKey(known, signature))) verifiedBy.push(signature);
  }
  if (verifiedBy.length === 0) throw new SignedNoteError('No known key signed the note');
  return { text, verifiedBy, unverified };
}

function verifierOf(
  signature: NoteSignature,
  verifiers: readonly NoteVerifier[],
): NoteVerifier | undefined {
  const matching = verifiers.filter((verifier) => isSameKey(verifier, signature));
  if (matching.length > 1) throw new SignedNoteError('Two known keys share name and key id');
  return matching[0];
}

type KeyName = Pick<NoteSignature, 'name' | 'keyId'>;

/** Name and key id together name a key, and with it what it signs. */
export function isSameKey(one: KeyName, other: KeyName): boolean {
  return one.name === other.name && one.keyId.equals(other.keyId);
}

function isSignedBy(text: string, { signature }: NoteSignature, verifier: NoteVerifier): boolean {
  const publicKey = publicKeyOf(verifier.publicKeyBytes);
  if (verifier.type === 'ed25519') return verify(null, Buffer.from(text), publicKey, signature);
  if (signature.length !== timeBytes + ed25519SignatureBytes) return false;
  const message = cosignedMessage(text, signature.readBigUInt64BE());
  return verify(null, message, publicKey, signature.subarray(timeBytes));
}

/** What a cosignature signs (C2SP tlog-cosignature): a header, the seconds since 1970, the text. */
export function cosignedMessage(text: string, time: bigint): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${time}\n${text}`);
}

/** The key object of 32 raw bytes (RFC 8032 §5.1.5). */
export function publicKeyOf(publicKeyBytes: Uint8Array): KeyObject {
  const key = Buffer.concat([spkiPrefix, publicKeyBytes]);
  return createPublicKey({ key, format: 'der', type: 'spki' });
}

/** @throws SignedNoteError where the text is no signed note. */
export function splitNote(note: string): SplitNote {
  if (note.length > noteLengthMax) throw new SignedNoteError('The note is too long');
  assertText(note);
  // The last blank line: the text itself may hold others.
  const split = note.lastIndexOf('\n\n');
  if (split < 0) throw new SignedNoteError('Not a signed note');
  const text = note.slice(0, split + 1);
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > signaturesMax) throw new SignedNoteError('Too many signatures');
  return { text, signatures: lines.map(parseSignature) };
}

/** @throws SignedNoteError where the line, without its newline, is no signature line. */
export function parseSignature(line: string): NoteSignature {
  const [, name = '', encoded = ''] = /^— ([^ ]+) ([^ ]+)$/.exec(line) ?? [];
  assertName(name);
  const bytes = decodeBase64(encoded);
  if (!bytes || bytes.length <= keyIdBytes) throw new SignedNoteError('Not a signature');
  return { name, keyId: bytes.subarray(0, keyIdBytes), signature: bytes.subarray(keyIdBytes) };
}

/** UTF-8 without control characters but newline, ending in one: so is a note, and so is its text. */
function assertText(text: string): void {
  const isText = text.endsWith('\n') && !/[\u0000-\u0009\u000b-\u001f]|\p{Surrogate}/u.test(text);
  if (!isText) throw new SignedNoteError('Not the text of a note');
}

/** No Unicode space is in it; a note of it would hold no control character either. */
function assertName(name: string): void {
  if (name === '' || /[\p{White_Space}\u0000-\u001f+]/u.test(name)) {
    throw new SignedNoteError('Not the name of a key');
  }
}
