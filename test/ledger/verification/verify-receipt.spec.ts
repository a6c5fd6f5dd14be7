import { sign } from 'node:crypto';

import {
  appendLeaves,
  canonicalJson,
  emptyFrontier,
  formatCheckpoint,
  formatEntry,
  formatProofFile,
  leafHash,
  noPreviousLeafHash,
  noteKeyId,
  parseReceipt,
  ReceiptError,
  receiptText,
  rootOf,
  sha256,
  signNote,
  verifyReceipt,
  verifyReceiptKept,
} from '../../../src/ledger/index.js';
import { newSigner, verifierOf } from '../tree/keys.js';

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

function proofFileOf(event: string): string {
  const entry = formatEntry(0, noPreviousLeafHash, event);
  const rootHash = rootOf(appendLeaves(emptyFrontier, [leafHash(entry)]));
  const checkpoint = signNote(formatCheckpoint({ origin: log.name, treeSize: 1, rootHash }), [log]);
  return formatProofFile({ leafIndex: 0, proof: [], checkpoint, extra: entry });
}

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

  it('is kept where the event stands in the log as it was promised, and not otherwise', () => {
    const receipt = parseReceipt(`{"receipt":${receiptFor(text)}}`);
    expect(verifyReceiptKept(receipt, proofFileOf(text), trust).treeSize).toBe(1);
    const changed = text.replace('test.done', 'test.none');
    expect(() => verifyReceiptKept(receipt, proofFileOf(changed), trust)).toThrow('another event');
    const bare = proofFileOf(text).replace(/^extra .*\n/m, '');
    expect(() => verifyReceiptKept(receipt, bare, trust)).toThrow('does not hold its entry');
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
