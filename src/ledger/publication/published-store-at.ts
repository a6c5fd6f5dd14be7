import { BucketStore, parseBucket } from './bucket-store.js';
import { DirectoryStore } from './directory-store.js';
import type { PublishedStore } from './published-store.js';

/** The log that is published at `s3://bucket/prefix`, or in a folder. */
export function publishedStoreAt(target: string): PublishedStore {
  const bucket = parseBucket(target);
  return bucket ? new BucketStore(bucket) : new DirectoryStore(target);
}
