import { FileKeyStore, Secret } from '../../../src/platform/index.js';

/** Rotates the store of a folder again and again until it is killed, or so many times. */
const [directory = '', masterKey = '', times = '1000000'] = process.argv.slice(2);
const store = await FileKeyStore.open({
  directory,
  masterKey: new Secret(masterKey),
  production: false,
});
for (let turn = 0; turn < Number(times); turn += 1) {
  const { keyId } = await store.rotate('access-token');
  process.stdout.write(`rotated ${keyId}\n`);
}
