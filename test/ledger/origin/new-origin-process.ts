import { DataSource } from 'typeorm';

import { NewOrigin } from '../../../src/ledger/origin/new-origin.js';
import { FileKeyStore, SystemClock } from '../../../src/platform/index.js';
import { FakeLedgerPolicy } from '../ledger-fixture.js';

/**
 * Begins a new log in a process of its own, to be killed. Parameters: URL of the owner's role, folder
 * of keys and memory, the new origin, the old one.
 */
const [url = '', keysDirectory = '', origin = '', ended = ''] = process.argv.slice(2);
const database = new DataSource({ type: 'postgres', url, poolSize: 1 });
await database.initialize();
const newOrigin = new NewOrigin({
  ...{ database, keysDirectory },
  keys: await FileKeyStore.open({ directory: keysDirectory, masterKey: null, production: false }),
  memoryPath: `${keysDirectory}/last-signed-checkpoint`,
  policy: new FakeLedgerPolicy(),
  clock: new SystemClock(),
});
process.stdout.write('begins\n');
await newOrigin.begin(origin, ended);
process.stdout.write('began\n');
await database.destroy();
