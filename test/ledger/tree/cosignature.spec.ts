import fc from 'fast-check';

import {
  addSignatures,
  CheckpointError,
  cosignCheckpoint,
  cosignedMessage,
  emptyRootHash,
  formatCheckpoint,
  formatSignature,
  formatVerifierKey,
  openCheckpoint,
  parseSignature,
  parseVerifierKey,
  SignedNoteError,
  signNote,
} from '../../../src/ledger/tree/index.js';
import { flippedTexts, newSigner, verifierOf } from './keys.js';

const log = newSigner('bank.example/ledger');
const witness = newSigner('witness.example/w1');
const other = newSigner('witness.example/w2');
const text = formatCheckpoint({ origin: log.name, treeSize: 7, rootHash: emptyRootHash });
const time = 1_679_315_147;
const logs = [verifierOf(log)];
const witnesses = [verifierOf(witness, 'cosignature'), verifierOf(other, 'cosignature')];
const signed = signNote(text, [log]);
const cosigned = addSignatures(signed, [cosignCheckpoint(text, witness, time)]);

describe('a cosignature', () => {
  it('signs the header, the time and the whole text (C2SP tlog-cosignature)', () => {
    const message = cosignedMessage(text, BigInt(time)).toString();
    expect(message).toBe(
      `cosignature/v1\ntime 1679315147\nbank.example/ledger\n7\n${emptyRootHash.toString('base64')}\n`,
    );
  });

  it('says who saw the checkpoint and when', () => {
    const opened = openCheckpoint(cosigned, { logs, witnesses });
    expect(opened).toMatchObject({ origin: log.name, treeSize: 7, text });
    expect(opened.signedBy).toEqual(logs);
    expect(opened.cosignatures).toEqual([{ witness: witnesses[0], time }]);
  });

  it('is ignored where nobody knows the witness, and missing where it did not sign', () => {
    expect(openCheckpoint(cosigned, { logs }).cosignatures).toEqual([]);
    expect(openCheckpoint(signed, { logs, witnesses }).cosignatures).toEqual([]);
  });

  it('counts no more with any byte of its line or of the text flipped', () => {
    for (const broken of flippedTexts(cosigned)) {
      let cosignatures: readonly unknown[] = [];
      try {
        ({ cosignatures } = openCheckpoint(broken, { logs, witnesses }));
      } catch (error) {
        // With the log's own line broken, the witness is left as the only one who signed.
        expect(['SignedNoteError', 'CheckpointError']).toContain((error as Error).name);
      }
      expect(cosignatures).toEqual([]);
    }
  });

  it('makes no checkpoint without the log, and none of another log', () => {
    const alone = `${text}\n${formatSignature(cosignCheckpoint(text, witness, time))}`;
    expect(() => openCheckpoint(alone, { logs, witnesses })).toThrow(CheckpointError);
    const stranger = newSigner('other.example/ledger');
    const foreign = signNote(text, [stranger]);
    expect(() => openCheckpoint(foreign, { logs: [verifierOf(stranger)] })).toThrow(
      CheckpointError,
    );
  });

  it('does not pass for the signature of a log, nor one of a log for it', () => {
    const asLog = { logs: [verifierOf(log, 'cosignature')], witnesses: logs };
    expect(() => openCheckpoint(cosigned, asLog)).toThrow(SignedNoteError);
    const logLine = signed.split('\n').at(-2) ?? '';
    const moved = formatSignature({
      ...parseSignature(logLine),
      keyId: witnesses[0]!.keyId,
      name: witness.name,
    });
    expect(() => openCheckpoint(`${signed}${moved}`, { logs, witnesses })).toThrow(SignedNoteError);
  });

  it('takes the place of an earlier one by the same witness', () => {
    const later = addSignatures(cosigned, [
      cosignCheckpoint(text, witness, time + 60),
      cosignCheckpoint(text, other, time),
    ]);
    const { cosignatures } = openCheckpoint(later, { logs, witnesses });
    expect(cosignatures.map((one) => [one.witness.name, one.time])).toEqual([
      [witness.name, time + 60],
      [other.name, time],
    ]);
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53])('has no time %d', (broken) => {
    expect(() => cosignCheckpoint(text, witness, broken)).toThrow(CheckpointError);
  });

  it('is made of checkpoints only', () => {
    expect(() => cosignCheckpoint('some text\n', witness, time)).toThrow(CheckpointError);
  });

  it('has a key of its own type and id', () => {
    const key = formatVerifierKey(witness.name, witness.publicKeyBytes, 'cosignature');
    expect(parseVerifierKey(key)).toEqual(witnesses[0]);
    expect(parseVerifierKey(key).keyId).not.toEqual(verifierOf(witness).keyId);
  });

  it('is read with no other error than its own', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (noise) => {
        expect(() => parseSignature(noise)).toThrow(SignedNoteError);
        expect(() => openCheckpoint(noise, { logs, witnesses })).toThrow(SignedNoteError);
        expect(() => addSignatures(noise, [])).toThrow(SignedNoteError);
      }),
    );
  });
});
