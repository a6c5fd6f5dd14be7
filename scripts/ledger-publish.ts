import { setTimeout } from 'node:timers/promises';

import { DataSource } from 'typeorm';

import {
  loadWitnessSettings,
  type Publication,
  PublicationRefused,
  PublishedCheckpoints,
  publishedStoreAt,
  publishLog,
  readThrough,
} from '../src/ledger/index.js';
import { loadConfig, openDatabase, readEnvironment } from '../src/platform/index.js';

const usage = 'Usage: npm run ledger:publish -- <directory | s3://bucket/prefix> [--watch]';
const watchMilliseconds = 1_000;

/** `npm run ledger:publish`: keeps a folder or bucket up to date with the configured log. */
async function main(args: readonly string[]): Promise<void> {
  const isWatching = args.includes('--watch');
  const [target, ...more] = args.filter((arg) => arg !== '--watch');
  if (target === undefined || target.startsWith('-') || more.length > 0) throw new Error(usage);
  const config = loadConfig(readEnvironment());
  const database = await openDatabase(config, { mode: 'join' });
  const reader = new DataSource({ type: 'postgres', url: database.urls.reader.reveal() });
  await reader.initialize();
  try {
    const store = publishedStoreAt(target);
    const { quorum, verifiers } = loadWitnessSettings(config);
    const connection = readThrough(reader);
    const checkpoints = new PublishedCheckpoints(connection, quorum.kind !== 'none', verifiers);
    const publish = async (): Promise<Publication | null> => {
      const checkpoint = await checkpoints.newest();
      return checkpoint && publishLog({ connection, checkpoint, store });
    };
    report(await publish());
    if (isWatching) await watch(publish);
  } finally {
    await reader.destroy();
    await database.close();
  }
}

/** Until it is told to end; what it is doing then is finished first. A refusal ends it too. */
async function watch(publish: () => Promise<Publication | null>): Promise<void> {
  const ending = new AbortController();
  const end = (): void => {
    ending.abort();
  };
  process.once('SIGINT', end).once('SIGTERM', end);
  const { signal } = ending;
  while (!signal.aborted) {
    await setTimeout(watchMilliseconds, undefined, { signal }).catch(() => undefined);
    try {
      report(await publish());
    } catch (error) {
      if (error instanceof PublicationRefused) throw error;
      // The database or the store is away for a while; the next round goes on where this one ended.
      console.error(error instanceof Error ? error.message : error);
    }
  }
}

function report(publication: Publication | null): void {
  if (!publication) console.log('There is no checkpoint yet.');
  else if (publication.written > 0) {
    const { treeSize, written } = publication;
    console.log(`Published ${treeSize} entries: ${written} resources written.`);
  }
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
