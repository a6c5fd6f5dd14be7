import { Pool } from 'pg';

import { Admission } from '../../src/ledger/admission.js';
import { CheckpointSigner } from '../../src/ledger/checkpoint-signer.js';
import { Sealer } from '../../src/ledger/sealer.js';
import { FileKeyStore } from '../../src/platform/file-key-store.js';
import { origin } from './ledger-fixture.js';

/** A sealer alone in a process, to be killed. Parameters: sealer URL, keys folder, signer's file. */
const [url = '', keysDirectory = '', memory = ''] = process.argv.slice(2);
const pool = new Pool({ connectionString: url, max: 3, pipeline: true });
pool.on('error', () => undefined);
const keys = await FileKeyStore.open({
  directory: keysDirectory,
  masterKey: null,
  production: false,
});
const sealer = new Sealer({
  pool,
  signer: new CheckpointSigner(keys, origin, { path: memory }),
  admission: new Admission(),
  onFault: (error) => process.stdout.write(`fault ${String(error)}\n`),
});
sealer.start();
let state = '';
setInterval(() => {
  const now = sealer.stats().state;
  if (now !== state) process.stdout.write(`${now}\n`);
  state = now;
}, 10);
