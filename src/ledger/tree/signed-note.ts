import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

import { sha256 } from './hash.js';

/**
 * Signed notes (C2SP signed-note): a text, a blank line, and one line per signature,
 * `— <name> base64(key id ‖ signature)`.
 */

/** Thrown for a text that is no signed note, or one whose known key did not sign it. */
export class SignedNoteError extends Error {
  override readonly name = 'SignedNoteError';
}

/** Signs notes; `name` is the key's, for a log its origin. */
export interface NoteSigner {
  readonly name: string;
  readonly privateKey: KeyObject;
  readonly publicKeyBytes: Uint8Array;
}

export interface NoteVerifier {
  readonly name: string;
  readonly keyId: Buffer;
  readonly publicKeyBytes: Buffer;
}

export interface NoteSignature {
  readonly name: string;
  readonly keyId: Buffer;
  readonly signature: Buffer;
}

/** A note whose signatures by known keys are good. */
export interface OpenedNote {
  readonly text: string;
  readonly verifiedBy: readonly NoteSignature[];
  /** Signatures by keys that nobody named: kept, never trusted. */
  readonly unverified: readonly NoteSignature[];
}

const ed25519Type = 0x01;
const ed25519KeyBytes = 32;
const keyIdBytes = 4;
/** A note is short; a longer one is no note but an attack on whoever reads it. */
const noteBytesMax = 1_000_000;
const signaturesMax = 100;
const signatureMark = '— ';
/** SubjectPublicKeyInfo of an Ed25519 key (RFC 8410 §4) up to the 32 key bytes. */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** The first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key): a hint, not a promise. */
export function noteKeyId(name: string, publicKeyBytes: Uint8Array): Buffer {
  const material = [Buffer.from(`${name}\n`), Buffer.from([ed25519Type]), publicKeyBytes];
  return sha256(Buffer.concat(material)).subarray(0, keyIdBytes);
}

/** `name+hex8(keyId)+base64(type ‖ public key)`. */
export function formatVerifierKey(name: string, publicKeyBytes: Uint8Array): string {
  assertName(name);
  const encoded = Buffer.concat([Buffer.from([ed25519Type]), publicKeyBytes]).toString('base64');
  return `${name}+${noteKeyId(name, publicKeyBytes).toString('hex')}+${encoded}`;
}

/** @throws SignedNoteError where the text is no Ed25519 verifier key, or its key id is not its own. */
export function parseVerifierKey(text: string): NoteVerifier {
  const [, name = '', keyId = '', encoded = ''] =
    /^([^+]+)\+([0-9a-f]{8})\+(.+)$/s.exec(text) ?? [];
  assertName(name);
  const key = decodeBase64(encoded);
  if (key.length !== 1 + ed25519KeyBytes || key[0] !== ed25519Type) {
    throw new SignedNoteError('Not an Ed25519 verifier key');
  }
  const publicKeyBytes = key.subarray(1);
  const expected = noteKeyId(name, publicKeyBytes);
  if (expected.toString('hex') !== keyId)
    throw new SignedNoteError('The key id is not of this key');
  return { name, keyId: expected, publicKeyBytes };
}

/** @throws SignedNoteError where the text cannot be a note's, or a name a key's. */
export function signNote(text: string, signers: readonly NoteSigner[]): string {
  assertText(text);
  const lines = signers.map(({ name, privateKey, publicKeyBytes }) => {
    assertName(name);
    const keyId = noteKeyId(name, publicKeyBytes);
    const signature = sign(null, Buffer.from(text), privateKey);
    return `${signatureMark}${name} ${Buffer.concat([keyId, signature]).toString('base64')}\n`;
  });
  return `${text}\n${lines.join('')}`;
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

function isSameKey(one: KeyName, other: KeyName): boolean {
  return one.name === other.name && one.keyId.equals(other.keyId);
}

function isSignedBy(text: string, { signature }: NoteSignature, verifier: NoteVerifier): boolean {
  return verify(null, Buffer.from(text), publicKeyOf(verifier.publicKeyBytes), signature);
}

/** The key object of 32 raw bytes (RFC 8032 §5.1.5). */
export function publicKeyOf(publicKeyBytes: Uint8Array): KeyObject {
  const key = Buffer.concat([spkiPrefix, publicKeyBytes]);
  return createPublicKey({ key, format: 'der', type: 'spki' });
}

function splitNote(note: string): { text: string; signatures: NoteSignature[] } {
  if (note.length > noteBytesMax) throw new SignedNoteError('The note is too long');
  // The last blank line: the text itself may hold others.
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n')) throw new SignedNoteError('Not a signed note');
  const text = note.slice(0, split + 1);
  assertText(text);
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > signaturesMax) throw new SignedNoteError('Too many signatures');
  return { text, signatures: lines.map(parseSignature) };
}

function parseSignature(line: string): NoteSignature {
  const [, name = '', encoded = ''] = /^— (\S+) (\S+)$/u.exec(line) ?? [];
  assertName(name);
  const bytes = decodeBase64(encoded);
  if (bytes.length <= keyIdBytes) throw new SignedNoteError('A signature is too short');
  return { name, keyId: bytes.subarray(0, keyIdBytes), signature: bytes.subarray(keyIdBytes) };
}

/** UTF-8 without control characters but newline, ending in one. */
function assertText(text: string): void {
  const isText = text.endsWith('\n') && !/[\u0000-\u0009\u000b-\u001f]|\p{Surrogate}/u.test(text);
  if (!isText) throw new SignedNoteError('Not the text of a note');
}

function assertName(name: string): void {
  if (name === '' || /[\s+]/u.test(name)) throw new SignedNoteError('Not the name of a key');
}

/** Strict base64: `Buffer.from` alone would skip what it does not understand. */
function decodeBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === 0 || bytes.toString('base64') !== text)
    throw new SignedNoteError('Not base64');
  return bytes;
}
