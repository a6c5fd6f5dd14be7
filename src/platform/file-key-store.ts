import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';

import { openBlob, sealBlob } from './aes-gcm.js';
import { createOnce, makePrivateDirectory } from './durable-file.js';
import {
  deriveKey,
  generateKeyMaterial,
  type KeyMaterial,
  openKeyMaterial,
  sealKeyMaterial,
  signingKeyOf,
} from './key-material.js';
import {
  KeyDestroyed,
  KeyStore,
  type MacKeyName,
  type SealKeyName,
  type SigningKey,
  type SigningKeyName,
} from './key-store.port.js';
import type { Secret } from './secret.js';
import { Tombstones } from './tombstones.js';

export interface FileKeyStoreOptions {
  /** Folder of the sealed file; made where it is missing. */
  readonly directory: string;
  /** 32 bytes in base64. Null only in development, where one is made beside the sealed file. */
  readonly masterKey: Secret | null;
  readonly production: boolean;
  readonly now?: Date;
}

const masterKeyBytes = 32;
const files = {
  sealed: 'key-store.sealed',
  developmentMasterKey: 'development-master-key',
  tombstones: 'destroyed-keys',
} as const;

/**
 * The embedded key store: one file sealed under the master key, and a growing list of destroyed
 * key ids. Keys are read once and held as `KeyObject`s; processes that start together on an empty
 * folder end with the same keys.
 */
export class FileKeyStore extends KeyStore {
  readonly #derived = new Map<string, KeyObject>();
  readonly #wrappingKey: KeyObject;
  readonly #signing: Readonly<Record<SigningKeyName, readonly SigningKey[]>>;

  private constructor(
    private readonly material: KeyMaterial,
    private readonly tombstones: Tombstones,
    private readonly sealedPath: string,
  ) {
    super();
    this.#wrappingKey = createSecretKey(Buffer.from(material.wrapping.key, 'base64'));
    this.#signing = {
      log: signingKeysOf(material, 'log'),
      'access-token': signingKeysOf(material, 'access-token'),
    };
  }

  /**
   * Opens the store, or makes it at the first start.
   *
   * @throws Error in production without a master key, or over a store made in development; and
   *   where the master key is not the one the file was sealed under.
   */
  static async open(options: FileKeyStoreOptions): Promise<FileKeyStore> {
    const { directory, production } = options;
    const profile = production ? 'production' : 'development';
    await makePrivateDirectory(directory);
    const masterKey = await masterKeyOf(options);
    const sealedPath = join(directory, files.sealed);
    const sealed = await createOnce(sealedPath, () =>
      sealKeyMaterial(generateKeyMaterial(profile, options.now ?? new Date()), masterKey),
    );
    const material = await openKeyMaterial(sealed, masterKey);
    if (production && material.profile !== 'production') {
      throw new Error('Production does not run on a key store that was made in development');
    }
    const tombstones = new Tombstones(join(directory, files.tombstones));
    tombstones.refresh();
    return new FileKeyStore(material, tombstones, sealedPath);
  }

  override mac(name: MacKeyName, data: string | Uint8Array): Buffer {
    return createHmac('sha256', this.#keyFor(`mac/${name}`))
      .update(data)
      .digest();
  }

  override seal(name: SealKeyName, plaintext: Uint8Array, context: string): Buffer {
    return sealBlob(this.#keyFor(`seal/${name}`), plaintext, `${name}\n${context}`);
  }

  override open(name: SealKeyName, sealed: Uint8Array, context: string): Buffer {
    return openBlob(this.#keyFor(`seal/${name}`), sealed, `${name}\n${context}`);
  }

  override wrap(keyId: string, key: Uint8Array, context: string): Buffer {
    return sealBlob(this.#wrappingKey, key, this.#wrappingContext(keyId, context));
  }

  override unwrap(keyId: string, wrapped: Uint8Array, context: string): Buffer {
    // Read on each unwrap, which is rare: a restored wrapping must not slip in between two checks.
    this.tombstones.refresh();
    if (this.tombstones.has(keyId)) throw new KeyDestroyed('This key was destroyed');
    return openBlob(this.#wrappingKey, wrapped, this.#wrappingContext(keyId, context));
  }

  override destroy(keyId: string): Promise<void> {
    return this.tombstones.add(keyId);
  }

  override isDestroyed(keyId: string): boolean {
    return this.tombstones.has(keyId);
  }

  override signingKeys(name: SigningKeyName): readonly SigningKey[] {
    return this.#signing[name];
  }

  override async isHealthy(): Promise<boolean> {
    try {
      await access(this.sealedPath, constants.R_OK);
      return true;
    } catch {
      return false;
    }
  }

  #keyFor(use: string): KeyObject {
    const known = this.#derived.get(use);
    if (known) return known;
    const key = createSecretKey(deriveKey(this.material, use));
    this.#derived.set(use, key);
    return key;
  }

  #wrappingContext(keyId: string, context: string): string {
    return `${keyId}\n${this.material.wrapping.id}\n${context}`;
  }
}

/** Newest first: the port's promise. */
function signingKeysOf(material: KeyMaterial, name: SigningKeyName): readonly SigningKey[] {
  return material.signing[name]
    .map((stored) => signingKeyOf(name, stored))
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
}

async function masterKeyOf(options: FileKeyStoreOptions): Promise<Buffer> {
  const { directory, masterKey, production } = options;
  if (masterKey) return decodeMasterKey(masterKey.reveal());
  if (production) throw new Error('Production needs PROBITY_MASTER_KEY');
  const file = await createOnce(join(directory, files.developmentMasterKey), () =>
    Promise.resolve(Buffer.from(`${randomBytes(masterKeyBytes).toString('base64')}\n`)),
  );
  return decodeMasterKey(file.toString('utf8').trim());
}

function decodeMasterKey(text: string): Buffer {
  const key = Buffer.from(text, 'base64');
  if (key.length !== masterKeyBytes) throw new Error('The master key is not 32 bytes in base64');
  return key;
}
