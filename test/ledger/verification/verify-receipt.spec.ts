import { sign } from 'node:crypto';

import {
  canonicalJson,
  foldHashes,
  formatCheckpoint,
  formatProofFile,
  noteKeyId,
  parseProofFile,
  parseReceipt,
  ProofError,
  proveInclusion,
  ReceiptError,
  receiptText,
  sha256,
  signNote,
  verifyReceipt,
  verifyReceiptKept,
} from '../../../src/ledger/index.js';
import { newSigner, verifierOf } from '../tree/keys.js';
import { eventsOf, type MadeLog, makeLog } from './published-fixture.js';

const log = newSigner('log.example/ledger');
const trust = { logs: [verifierOf(log)] };
const id = '01900000-0000-7000-8000-000000000001';
const recordedAt = '2026-01-02T03:04:05.678Z';
const text = canonicalJson({ id, type: 'test.done', recordedAt });

function receiptFor(event: string, signer = log): string {
  const hash = sha256(event).toString('base64');
  const signed = receiptText(signer.name, { id, hash, recordedAt });
  return JSON.stringify({
    eventId: id,
    eventHash: hash,
    recordedAt,
    origin: signer.name,
    keyId: noteKeyId(signer.name, signer.publicKeyBytes).toString('hex'),
    signature: sign(null, Buffer.from(signed), signer.privateKey).toString('base64'),
  });
}

function checkpointOf({ entries, rootHash }: MadeLog): string {
  const checkpoint = { origin: log.name, treeSize: entries.length, rootHash };
  return signNote(formatCheckpoint(checkpoint), [log]);
}

async function proofFileAt(made: MadeLog, leafIndex: number): Promise<string> {
  const proof = await proveInclusion(leafIndex, made.entries.length, (subtrees) =>
    Promise.resolve(
      subtrees.map(({ level, index }) => {
        const width = 2 ** level;
        return foldHashes(Buffer.concat(made.leafHashes.slice(index * width, (index + 1) * width)));
      }),
    ),
  );
  const extra = made.entries[leafIndex]!;
  return formatProofFile({ leafIndex, proof, checkpoint: checkpointOf(made), extra });
}

const proofFileOf = (event: string): Promise<string> => proofFileAt(makeLog([event]), 0);

describe('a receipt', () => {
  it('is the log’s only with the signature of a key of the log over every member', () => {
    const receipt = parseReceipt(receiptFor(text));
    expect(() => verifyReceipt(receipt, trust.logs)).not.toThrow();
    for (const member of ['eventId', 'eventHash', 'recordedAt', 'origin', 'signature'] as const) {
      const value = receipt[member];
      const changed = {
        ...receipt,
        [member]: (value.startsWith('A') ? 'B' : 'A') + value.slice(1),
      };
      expect(() => verifyReceipt(changed, trust.logs)).toThrow(ReceiptError);
    }
    const forged = parseReceipt(receiptFor(text, newSigner(log.name)));
    expect(() => verifyReceipt(forged, trust.logs)).toThrow('not known');
  });

  it('is kept where the event stands in the log as it was promised, and not otherwise', async () => {
    const receipt = parseReceipt(`{"receipt":${receiptFor(text)}}`);
    expect(verifyReceiptKept(receipt, await proofFileOf(text), trust).treeSize).toBe(1);
    const changed = text.replace('test.done', 'test.none');
    const other = await proofFileOf(changed);
    expect(() => verifyReceiptKept(receipt, other, trust)).toThrow('another event');
    const bare = (await proofFileOf(text)).replace(/^extra .*\n/m, '');
    expect(() => verifyReceiptKept(receipt, bare, trust)).toThrow('does not hold its entry');
  });

  it('finds no proof in a log that was cut or rolled back before its event, nor once that has grown again', async () => {
    const before = eventsOf(5);
    const whole = makeLog([...before, text, ...eventsOf(3, 'later')]);
    const receipt = parseReceipt(receiptFor(text));
    const kept = await proofFileAt(whole, before.length);
    expect(verifyReceiptKept(receipt, kept, trust).treeSize).toBe(9);

    const rolledBack = makeLog(before);
    const grownAgain = makeLog([...before, ...eventsOf(7, 'other')]);
    for (const shown of [rolledBack, grownAgain]) {
      for (const index of shown.entries.keys()) {
        const file = await proofFileAt(shown, index);
        expect(() => verifyReceiptKept(receipt, file, trust)).toThrow('another event');
      }
      // The proof of old leads to no checkpoint that is shown now.
      const moved = formatProofFile({ ...parseProofFile(kept), checkpoint: checkpointOf(shown) });
      expect(() => verifyReceiptKept(receipt, moved, trust)).toThrow(ProofError);
    }
  });

  it('is kept by one of two histories under one key, and not by the other', async () => {
    const [one, two] = [makeLog([text, ...eventsOf(4)]), makeLog(eventsOf(6))];
    const receipt = parseReceipt(receiptFor(text));
    expect(verifyReceiptKept(receipt, await proofFileAt(one, 0), trust).treeSize).toBe(5);
    for (const index of two.entries.keys()) {
      const file = await proofFileAt(two, index);
      expect(() => verifyReceiptKept(receipt, file, trust)).toThrow('another event');
    }
    const proof = parseProofFile(await proofFileAt(one, 0));
    const mixed = formatProofFile({ ...proof, checkpoint: checkpointOf(two) });
    expect(() => verifyReceiptKept(receipt, mixed, trust)).toThrow(ProofError);
  });

  it('takes no text that lacks a member or breaks a line', () => {
    const whole = JSON.parse(receiptFor(text)) as Record<string, unknown>;
    const broken = Object.keys(whole).flatMap((member) => [
      JSON.stringify({ ...whole, [member]: undefined }),
      JSON.stringify({ ...whole, [member]: 7 }),
      JSON.stringify({ ...whole, [member]: 'a\nb' }),
    ]);
    for (const json of [...broken, '', '[]', 'null', '"x"', '{']) {
      expect(() => parseReceipt(json)).toThrow(ReceiptError);
    }
  });
});
