import { type CipherKey, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const algorithm = 'aes-256-gcm';
const version = 1;
const nonceBytes = 12;
const tagBytes = 16;
const headerBytes = 1 + nonceBytes + tagBytes;

/**
 * Encrypts with AES-256-GCM (NIST SP 800-38D). The blob is version (1 byte), nonce (12), tag (16),
 * ciphertext: 29 bytes more than the plaintext. `context` and the version are bound as associated data.
 */
export function sealBlob(key: CipherKey, plaintext: Uint8Array, context: string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(associatedOf(context));
  const ciphertext = [cipher.update(plaintext), cipher.final()];
  return Buffer.concat([Buffer.of(version), nonce, cipher.getAuthTag(), ...ciphertext]);
}

/**
 * Decrypts what `sealBlob` made.
 *
 * @throws Error where blob, key or context is not the one sealed; it does not say which.
 */
export function openBlob(key: CipherKey, blob: Uint8Array, context: string): Buffer {
  if (blob.length < headerBytes || blob[0] !== version) throw new SealBroken();
  const nonce = blob.subarray(1, 1 + nonceBytes);
  // Without the length a tag of 4 bytes would be accepted, which can be guessed.
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(associatedOf(context));
  decipher.setAuthTag(blob.subarray(1 + nonceBytes, headerBytes));
  try {
    return Buffer.concat([decipher.update(blob.subarray(headerBytes)), decipher.final()]);
  } catch {
    throw new SealBroken();
  }
}

/** Thrown for a sealed value that is not what was sealed under this key and context. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';

  constructor() {
    super('A sealed value does not open under this key and context');
  }
}

function associatedOf(context: string): Buffer {
  return Buffer.from(`v${String(version)}\n${context}`, 'utf8');
}
