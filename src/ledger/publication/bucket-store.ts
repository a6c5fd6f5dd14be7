import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

import type { PublishedStore } from './published-store.js';

export interface Bucket {
  readonly name: string;
  /** Before each path, with its slash; empty for the bucket's root. */
  readonly prefix: string;
}

const attemptsMax = 4;
const connectMilliseconds = 5_000;
const answerMilliseconds = 30_000;
const immutable = 'public, immutable, max-age=31536000';

/**
 * A log in an S3-compatible bucket. Endpoint, region and credentials are those of the environment, as
 * every client of Amazon's reads them: AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, ….
 */
export class BucketStore implements PublishedStore {
  /** Path style: stores other than Amazon's seldom have a host name for each bucket. */
  readonly #client = new S3Client({
    forcePathStyle: true,
    maxAttempts: attemptsMax,
    requestHandler: { connectionTimeout: connectMilliseconds, requestTimeout: answerMilliseconds },
  });

  constructor(private readonly bucket: Bucket) {}

  async read(path: string): Promise<Buffer | null> {
    try {
      const found = await this.#client.send(new GetObjectCommand(this.#at(path)));
      return found.Body ? Buffer.from(await found.Body.transformToByteArray()) : null;
    } catch (error) {
      if (error instanceof NoSuchKey) return null;
      throw error;
    }
  }

  async create(path: string, bytes: Buffer): Promise<void> {
    await this.#put(path, bytes, immutable);
  }

  async replaceCheckpoint(bytes: Buffer): Promise<void> {
    await this.#put('checkpoint', bytes, 'no-cache');
  }

  close(): void {
    this.#client.destroy();
  }

  async #put(path: string, bytes: Buffer, caching: string): Promise<void> {
    const ContentType =
      path === 'checkpoint' ? 'text/plain; charset=utf-8' : 'application/octet-stream';
    await this.#client.send(
      new PutObjectCommand({
        ...this.#at(path),
        Body: bytes,
        ContentType,
        CacheControl: caching,
      }),
    );
  }

  #at(path: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.bucket.name, Key: `${this.bucket.prefix}${path}` };
  }
}

/** Reads `s3://bucket/prefix`; null for anything else. */
export function parseBucket(text: string): Bucket | null {
  const [, name, path = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(text) ?? [];
  if (name === undefined) return null;
  const prefix = path.replace(/\/+$/, '');
  return { name, prefix: prefix === '' ? '' : `${prefix}/` };
}
