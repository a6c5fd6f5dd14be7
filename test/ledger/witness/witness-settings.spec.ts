import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { formatVerifierKey, loadWitnessSettings } from '../../../src/ledger/index.js';
import { loadConfig } from '../../../src/platform/index.js';
import { newSigner } from '../tree/keys.js';

const keyOf = (name: string): string =>
  formatVerifierKey(name, newSigner(name).publicKeyBytes, 'cosignature');

describe('loadWitnessSettings', () => {
  let folder: string;

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'probity-witnesses-'))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('asks a witness without an address no more, and still knows its key', () => {
    const policy = join(folder, 'policy');
    writeFileSync(
      policy,
      [
        `witness north ${keyOf('north.example')} https://north.example`,
        `witness retired ${keyOf('retired.example')}`,
        'quorum north\n',
      ].join('\n'),
    );
    const settings = loadWitnessSettings(loadConfig({ PROBITY_WITNESS_POLICY: policy }));

    expect(settings.witnesses.map(({ name }) => name)).toEqual(['north']);
    expect(settings.verifiers.map(({ name }) => name)).toEqual([
      'north.example',
      'retired.example',
    ]);
  });
});
