import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  addSignatures,
  cosignCheckpoint,
  formatTilePath,
  formatVerifierKey,
  leafHash,
  parseEntryBundle,
  ProofError,
  proveConsistency,
  proveInclusion,
  splitNote,
  tileOf,
  tileWidth,
  verifyConsistency,
  verifyInclusion,
} from '../../../src/ledger/tree/index.js';
import { startChild } from '../../support/child-process.js';
import { makeOpenFolder } from '../../support/temporary-folder.js';
import { hashesOver } from '../tree/hash-source.js';
import { newSigner } from '../tree/keys.js';
import { eventsOf, makeLog, writeLog } from '../verification/published-fixture.js';
import {
  type Consistency,
  type Inclusion,
  proveSome,
  readProofs,
  writeProofs,
} from './exchanged-proofs.js';
import { buildSumdb, isSumdbHere, type Sumdb } from './sumdb-program.js';

// Logs go through a folder, from us to Go's own checksum database and back: what either made, the
// other checks, from the signature down to the last entry (test/ledger/interop/go).

const sizes = [1, 2, 255, 256, 257, 700, 65_536 + 300];
const signer = newSigner('bank.example/ledger');
const witness = newSigner('witness.example/w1');

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = copy[at]! ^ 0x01;
  return copy;
}

/** From the first byte to one near the end; the last ones of a text may be padding and a newline. */
function placesIn({ length }: Buffer): number[] {
  return [...[0, 0.2, 0.4, 0.6, 0.8].map((part) => Math.floor(part * length)), length - 8];
}

function edit(folder: string, path: string, change: (bytes: Buffer) => Buffer): void {
  writeFileSync(join(folder, path), change(readFileSync(join(folder, path))));
}

describe('golang.org/x/mod/sumdb', () => {
  const isHere = isSumdbHere();
  if (!isHere) {
    it('is not on this machine, and nothing is tried against it', () => {
      expect(isHere).toBe(false);
    });
    return;
  }

  let home: string;
  let sumdb: Sumdb;
  let copies = 0;

  beforeAll(async () => {
    home = await makeOpenFolder('probity-sumdb-');
    sumdb = buildSumdb(home);
    const built = startChild('scripts/build-verifier.ts', {
      env: {},
      parameters: [join(home, 'ledger-verifier.mjs')],
    });
    expect([await built.ended(), built.output]).toEqual([0, '']);
  });
  afterAll(() => {
    rmSync(home, { recursive: true, force: true });
  });

  async function ours(size: number): Promise<string> {
    const folder = join(home, `ours-${(copies += 1)}`);
    const log = makeLog(eventsOf(size));
    writeLog(folder, log, signer);
    const key = formatVerifierKey(signer.name, signer.publicKeyBytes);
    writeFileSync(join(folder, 'key'), `${key}\n`);
    writeProofs(folder, await proveSome(log.leafHashes));
    return folder;
  }

  function theirs(size: number): string {
    const folder = join(home, `theirs-${(copies += 1)}`);
    expect(sumdb('make', folder, 'go.example/log', String(size)).code).toBe(0);
    return folder;
  }

  function copyOf(folder: string): string {
    const copy = join(home, `copy-${(copies += 1)}`);
    cpSync(folder, copy, { recursive: true });
    return copy;
  }

  /** Our verifier, the one file that auditors are given. */
  function verify(folder: string): { code: number | null; output: string } {
    const key = readFileSync(join(folder, 'key'), 'utf8').trim();
    const args = [join(home, 'ledger-verifier.mjs'), folder, '--key', key];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    return { code: status, output: `${stdout}${stderr}` };
  }

  function leavesOf(folder: string, size: number): Buffer[] {
    const leaves: Buffer[] = [];
    for (let index = 0; index * tileWidth < size; index += 1) {
      const tile = tileOf('entries', index, size)!;
      const bundle = readFileSync(join(folder, formatTilePath(tile)));
      leaves.push(...parseEntryBundle(bundle, tile.width).map((entry) => leafHash(entry)));
    }
    return leaves;
  }

  it.each(sizes)('checks our log of %i entries and our proofs of it', async (size) => {
    const { code, output } = sumdb('check', await ours(size));
    expect([code, output]).toEqual([0, expect.stringContaining(`${size} entries, `)]);
    expect(output).toContain(', 0 other signatures');
  });

  it('opens our checkpoint with the cosignature of a witness beside', async () => {
    const folder = await ours(3);
    edit(folder, 'checkpoint', (bytes) => {
      const note = bytes.toString();
      const cosignature = cosignCheckpoint(splitNote(note).text, witness, 1_700_000_000);
      return Buffer.from(addSignatures(note, [cosignature]));
    });
    const { code, output } = sumdb('check', folder);
    expect([code, output]).toEqual([0, expect.stringContaining(', 1 other signatures')]);
  });

  describe('of a log of ours', () => {
    let sound: string;
    beforeAll(async () => {
      sound = await ours(700);
    });

    it.each([
      'key',
      'checkpoint',
      'tile/0/000',
      'tile/0/002.p/188',
      'tile/1/000.p/2',
      'tile/entries/001',
      'tile/entries/002.p/188',
    ])('refuses %s with a byte flipped, wherever it stands', (path) => {
      const folder = copyOf(sound);
      const bytes = readFileSync(join(folder, path));
      const codes = placesIn(bytes).map((at) => {
        writeFileSync(join(folder, path), flipped(bytes, at));
        return sumdb('check', folder).code;
      });
      expect(codes).toEqual([1, 1, 1, 1, 1, 1]);
    });

    it('refuses a proof with a byte flipped, of whichever kind', () => {
      const { inclusion, consistency } = readProofs(sound);
      const breakLast = <Kind extends Inclusion | Consistency>(list: readonly Kind[]): Kind[] => {
        const last = list.at(-1)!;
        return [{ ...last, proof: last.proof.with(-1, flipped(last.proof.at(-1)!, 9)) }];
      };
      const folder = copyOf(sound);
      for (const broken of [
        { inclusion: breakLast(inclusion), consistency },
        { inclusion, consistency: breakLast(consistency) },
      ]) {
        writeProofs(folder, broken);
        const { code, output } = sumdb('check', folder);
        expect([code, output]).toEqual([1, expect.stringContaining('proof')]);
      }
      writeProofs(folder, { inclusion, consistency });
      expect(sumdb('check', folder).code).toBe(0);
    });
  });

  it.each(sizes)('makes a log of %i entries that our verifier finds sound', (size) => {
    const { code, output } = verify(theirs(size));
    expect([code, output]).toEqual([0, expect.stringContaining('go.example/log')]);
  });

  it('makes proofs that we accept and would have made, byte for byte', async () => {
    const size = 700;
    const folder = theirs(size);
    const hashes = hashesOver(leavesOf(folder, size));
    const { inclusion, consistency } = readProofs(folder);
    expect([inclusion.length, consistency.length].every((count) => count > 50)).toBe(true);
    for (const { proof, ...statement } of inclusion) {
      verifyInclusion(statement, proof);
      expect(proof).toEqual(await proveInclusion(statement.leafIndex, statement.treeSize, hashes));
    }
    for (const { proof, ...statement } of consistency) {
      verifyConsistency(statement, proof);
      expect(proof).toEqual(await proveConsistency(statement.first, statement.second, hashes));
    }
  });

  describe('of a log of theirs', () => {
    let sound: string;
    beforeAll(() => {
      sound = theirs(700);
    });

    it.each([
      'checkpoint',
      'tile/0/000',
      'tile/0/002.p/188',
      'tile/1/000.p/2',
      'tile/entries/001',
      'tile/entries/002.p/188',
    ])('we refuse %s with a byte flipped, wherever it stands', (path) => {
      const folder = copyOf(sound);
      const bytes = readFileSync(join(folder, path));
      const codes = placesIn(bytes).map((at) => {
        writeFileSync(join(folder, path), flipped(bytes, at));
        return verify(folder).code;
      });
      expect(codes).toEqual([1, 1, 1, 1, 1, 1]);
    });

    it('we refuse each proof with any of its hashes changed', () => {
      const { inclusion, consistency } = readProofs(sound);
      const breaks = <Kind extends Inclusion | Consistency>(one: Kind): Kind[] =>
        one.proof.map((hash, place) => ({
          ...one,
          proof: one.proof.with(place, flipped(hash, place)),
        }));
      for (const { proof, ...statement } of inclusion.flatMap(breaks)) {
        expect(() => verifyInclusion(statement, proof)).toThrow(ProofError);
      }
      for (const { proof, ...statement } of consistency.flatMap(breaks)) {
        expect(() => verifyConsistency(statement, proof)).toThrow(ProofError);
      }
    });
  });
});
