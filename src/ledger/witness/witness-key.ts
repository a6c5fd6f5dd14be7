import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { join } from 'node:path';

import { createOnce, makePrivateDirectory, type Secret } from '../../platform/index.js';
import type { NoteSigner } from '../tree/index.js';

const ed25519KeyBytes = 32;

/**
 * Opens the key of a witness, or makes it at the first start: PKCS #8 in PEM, encrypted where there
 * is a passphrase (RFC 5958; `openssl pkey` reads it).
 *
 * @throws Error where the passphrase is not the one that the key was made with.
 */
export async function openWitnessKey(
  folder: string,
  name: string,
  passphrase: Secret | null,
): Promise<NoteSigner> {
  await makePrivateDirectory(folder);
  const pem = await createOnce(join(folder, 'witness-key.pem'), () =>
    Promise.resolve(Buffer.from(newKey(passphrase))),
  );
  const privateKey = openKey(pem, passphrase);
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error('Not an Ed25519 key');
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return { name, privateKey, publicKeyBytes: spki.subarray(-ed25519KeyBytes) };
}

function newKey(passphrase: Secret | null): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey
    .export({
      type: 'pkcs8',
      format: 'pem',
      ...(passphrase && { cipher: 'aes-256-cbc', passphrase: passphrase.reveal() }),
    })
    .toString();
}

function openKey(pem: Buffer, passphrase: Secret | null): KeyObject {
  try {
    return createPrivateKey({ key: pem, ...(passphrase && { passphrase: passphrase.reveal() }) });
  } catch {
    throw new Error('The key of the witness does not open under this passphrase');
  }
}
