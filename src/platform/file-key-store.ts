import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { openBlob, sealBlob } from './aes-gcm.js';
import { type Clock, SystemClock } from './clock.js';
import { createOnce, makePrivateDirectory } from './durable-file.js';
import { type Generation, KeyGenerations } from './key-generations.js';
import {
  deriveKey,
  generateKeyMaterial,
  type KeyMaterial,
  keyMaterialReady,
  openKeyMaterial,
  recordMasterRotation,
  rotateSigningKey,
  sealKeyMaterial,
  signingKeyOf,
} from './key-material.js';
import {
  KeyDestroyed,
  type KeyRotation,
  KeyStore,
  type MacKeyName,
  type RotateOptions,
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
  /** Opens the file as well: the master key that is about to replace the other, or has just done so. */
  readonly nextMasterKey?: Secret | null;
  readonly production: boolean;
  /** The machine's clock where absent. */
  readonly clock?: Clock;
}

const masterKeyBytes = 32;
/** How long another process's rotation may go unseen. */
const recheckMilliseconds = 500;
const attemptsMax = 20;
const files = {
  developmentMasterKey: 'development-master-key',
  tombstones: 'destroyed-keys',
} as const;

/** What the newest state of the file says. */
interface Opened {
  readonly generation: number;
  readonly material: KeyMaterial;
  readonly masterKey: Buffer;
  readonly wrappingKey: KeyObject;
  readonly signing: Readonly<Record<SigningKeyName, readonly SigningKey[]>>;
}

interface Parts {
  readonly generations: KeyGenerations;
  readonly tombstones: Tombstones;
  /** Any of these may have sealed the file. */
  readonly masterKeys: readonly Buffer[];
  readonly clock: Clock;
}

/**
 * The embedded key store: a file sealed under the master key, and a growing list of destroyed key
 * ids. Keys are held as `KeyObject`s; processes that start together on an empty folder end with the
 * same keys, and a rotation by one is seen by all.
 */
export class FileKeyStore extends KeyStore {
  readonly #derived = new Map<string, KeyObject>();
  #checkedAt = performance.now();
  #isReadable = true;

  private constructor(
    private opened: Opened,
    private readonly parts: Parts,
  ) {
    super();
  }

  /**
   * Opens the store, or makes it at the first start.
   *
   * @throws Error in production without a master key, or over a store made in development; and
   *   where the master key is not the one the file was sealed under.
   */
  static async open(options: FileKeyStoreOptions): Promise<FileKeyStore> {
    const { directory, production, clock = new SystemClock() } = options;
    const profile = production ? 'production' : 'development';
    await keyMaterialReady();
    await makePrivateDirectory(directory);
    const masterKeys = await masterKeysOf(options);
    const generations = new KeyGenerations(directory);
    const sealed = await readOrMake(generations, () =>
      sealKeyMaterial(generateKeyMaterial(profile, clock.now()), masterKeys[0]),
    );
    const opened = openGeneration(sealed, masterKeys);
    if (production && opened.material.profile !== 'production') {
      throw new Error('Production does not run on a key store that was made in development');
    }
    const tombstones = new Tombstones(join(directory, files.tombstones));
    tombstones.refresh();
    return new FileKeyStore(opened, { generations, tombstones, masterKeys, clock });
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
    return sealBlob(this.opened.wrappingKey, key, this.#wrappingContext(keyId, context));
  }

  override unwrap(keyId: string, wrapped: Uint8Array, context: string): Buffer {
    // Read on each unwrap, which is rare: a restored wrapping must not slip in between two checks.
    this.parts.tombstones.refresh();
    if (this.parts.tombstones.has(keyId)) throw new KeyDestroyed('This key was destroyed');
    return openBlob(this.opened.wrappingKey, wrapped, this.#wrappingContext(keyId, context));
  }

  override destroy(keyId: string): Promise<void> {
    return this.parts.tombstones.add(keyId);
  }

  override isDestroyed(keyId: string): boolean {
    return this.parts.tombstones.has(keyId);
  }

  override signingKeys(name: SigningKeyName): readonly SigningKey[] {
    if (performance.now() - this.#checkedAt >= recheckMilliseconds) this.refresh();
    return this.opened.signing[name];
  }

  override async rotate(name: SigningKeyName, options: RotateOptions = {}): Promise<SigningKey> {
    const { overlapSeconds = 0 } = options;
    const { signing } = await this.#replace((material) =>
      rotateSigningKey(material, { name, now: this.parts.clock.now(), overlapSeconds }),
    );
    const [key] = signing[name];
    if (!key) throw new Error('A rotation left no key');
    return key;
  }

  /**
   * Seals the file under another master key; from then on the former one opens nothing here.
   * Processes that do not hold the new one go on with the keys they have and report themselves
   * unhealthy.
   */
  async rotateMasterKey(masterKey: Secret): Promise<void> {
    const next = decodeMasterKey(masterKey.reveal());
    if (next.equals(this.opened.masterKey)) throw new Error('That is the master key already');
    await this.#replace(
      (material) => recordMasterRotation(material, this.parts.clock.now()),
      () => next,
    );
  }

  override rotations(): readonly KeyRotation[] {
    return this.opened.material.rotations.map(({ rotatedAt, ...rotation }) => ({
      ...rotation,
      rotatedAt: new Date(rotatedAt),
    }));
  }

  override refresh(): void {
    this.#checkedAt = performance.now();
    const { generations, masterKeys } = this.parts;
    try {
      const newest = generations.newest();
      if (newest === null || newest > this.opened.generation) {
        const sealed = generations.read();
        if (!sealed) throw new Error('The key store is gone');
        this.#take(openGeneration(sealed, masterKeys));
      }
      this.#isReadable = true;
    } catch {
      // The keys in memory are good; what others change now is not seen, and `isHealthy` says so.
      this.#isReadable = false;
    }
  }

  override isHealthy(): Promise<boolean> {
    this.refresh();
    return Promise.resolve(this.#isReadable);
  }

  /** Writes the state that follows the newest; anew where another process was first. */
  async #replace(
    change: (material: KeyMaterial) => KeyMaterial,
    masterKeyOf: () => Buffer = () => this.opened.masterKey,
  ): Promise<Opened> {
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      this.refresh();
      if (!this.#isReadable) throw new Error('The key store does not open: another master key');
      const masterKey = masterKeyOf();
      const material = change(this.opened.material);
      const number = this.opened.generation + 1;
      const content = sealKeyMaterial(material, masterKey);
      if (await this.parts.generations.add({ number, content })) {
        const opened = openedOf({ generation: number, material, masterKey });
        if (number > this.opened.generation) this.#take(opened);
        return opened;
      }
    }
    throw new Error('The key store is being changed by others; try again');
  }

  /** @throws Error where it is not a successor: digests and seals hang on the root and the wrapping. */
  #take(opened: Opened): void {
    if (opened.material.root !== this.opened.material.root) {
      throw new Error('The key store was replaced by another');
    }
    this.opened = opened;
  }

  #keyFor(use: string): KeyObject {
    const known = this.#derived.get(use);
    if (known) return known;
    const key = createSecretKey(deriveKey(this.opened.material, use));
    this.#derived.set(use, key);
    return key;
  }

  #wrappingContext(keyId: string, context: string): string {
    return `${keyId}\n${this.opened.material.wrapping.id}\n${context}`;
  }
}

async function readOrMake(generations: KeyGenerations, make: () => Buffer): Promise<Generation> {
  const standing = generations.read();
  if (standing) return standing;
  await generations.add({ number: 0, content: make() });
  const made = generations.read();
  if (!made) throw new Error('The key store could not be made');
  return made;
}

/** @throws Error where none of the master keys opens it, or it is damaged. */
function openGeneration({ number, content }: Generation, masterKeys: readonly Buffer[]): Opened {
  let failure: unknown;
  for (const masterKey of masterKeys) {
    try {
      const material = openKeyMaterial(content, masterKey);
      return openedOf({ generation: number, material, masterKey });
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function openedOf(state: Pick<Opened, 'generation' | 'material' | 'masterKey'>): Opened {
  const { material } = state;
  // In the order of the file, newest first: a clock that was set back must not revive an older key.
  const signing = (name: SigningKeyName): readonly SigningKey[] =>
    material.signing[name].map((stored) => signingKeyOf(name, stored));
  return {
    ...state,
    wrappingKey: createSecretKey(Buffer.from(material.wrapping.key, 'base64')),
    signing: { log: signing('log'), 'access-token': signing('access-token') },
  };
}

async function masterKeysOf(options: FileKeyStoreOptions): Promise<readonly [Buffer, ...Buffer[]]> {
  const { nextMasterKey } = options;
  const current = await masterKeyOf(options);
  return nextMasterKey ? [current, decodeMasterKey(nextMasterKey.reveal())] : [current];
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
