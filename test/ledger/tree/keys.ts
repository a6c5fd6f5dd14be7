import { generateKeyPairSync } from 'node:crypto';

import {
  type NoteSigner,
  type NoteVerifier,
  noteVerifier,
  type SignatureType,
} from '../../../src/ledger/tree/index.js';

/** A fresh Ed25519 key under a name. */
export function newSigner(name: string): NoteSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  return { name, privateKey, publicKeyBytes: spki.subarray(-32) };
}

export function verifierOf(
  { name, publicKeyBytes }: NoteSigner,
  type: SignatureType = 'ed25519',
): NoteVerifier {
  return noteVerifier(name, publicKeyBytes, type);
}

/** The text with each byte's lowest bit flipped in turn, as whoever reads UTF-8 sees it. */
export function* flippedTexts(text: string): Generator<string> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 1) {
    const broken = Buffer.from(bytes);
    broken[at] = broken[at]! ^ 0x01;
    yield broken.toString();
  }
}
