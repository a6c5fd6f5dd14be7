import { createHash } from 'node:crypto';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';

import { z } from 'zod';

import { intentIds } from '../intent-catalogue.js';
import type { ModelParameters } from './intent-model.js';

/** First bytes of the file: what it is, and the version of this format. */
const MAGIC = Buffer.from('PROBITY-INTENTS-1\n', 'latin1');
/** An artefact is a few megabytes; more is not ours. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;

const headerSchema = z.strictObject({
  version: z.string(),
  labels: z.array(z.strictObject({ topic: z.string(), intent: z.enum(intentIds) })).min(2),
  rows: z.int().positive(),
  temperature: z.number().positive(),
});

/** The sha-256 of the artefact's bytes, in hexadecimal: names the model in events and reports. */
export function digestOf(artefact: Uint8Array): string {
  return createHash('sha256').update(artefact).digest('hex');
}

function bytesOf(array: Uint32Array | Float32Array | Int8Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/**
 * Writes a model: magic, length of the header (4 bytes, little endian), header as JSON, then hashes,
 * inverse frequencies, row scales, biases and weights, compressed together with Brotli.
 */
export function formatArtefact(parameters: ModelParameters): Buffer {
  const { version, labels, vocabulary, temperature } = parameters;
  const header = Buffer.from(
    JSON.stringify({ version, labels, rows: vocabulary.hashes.length, temperature }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const body = Buffer.concat([
    bytesOf(vocabulary.hashes),
    bytesOf(vocabulary.inverseFrequency),
    bytesOf(parameters.rowScales),
    bytesOf(parameters.biases),
    bytesOf(parameters.weights),
  ]);
  const options = {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
    },
  };
  return Buffer.concat([MAGIC, length, header, brotliCompressSync(body, options)]);
}

/**
 * Reads a model that {@link formatArtefact} wrote.
 *
 * @throws Error for bytes that are no artefact of this format or do not fit their header.
 */
export function parseArtefact(bytes: Uint8Array): ModelParameters {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!file.subarray(0, MAGIC.length).equals(MAGIC)) throw new Error('Not an intents artefact');
  const headerFrom = MAGIC.length + 4;
  const headerTo = headerFrom + file.readUInt32LE(MAGIC.length);
  const header: unknown = JSON.parse(file.subarray(headerFrom, headerTo).toString('utf8'));
  const { rows, ...rest } = headerSchema.parse(header);
  const body = brotliDecompressSync(file.subarray(headerTo), { maxOutputLength: BODY_BYTES_MAX });
  const width = rest.labels.length;
  if (body.length !== rows * (12 + width) + width * 4) {
    throw new Error('The artefact does not fit its header');
  }
  // A copy of its own: typed arrays need aligned memory, which a pooled buffer does not promise.
  const { buffer } = new Uint8Array(body);
  const biasesFrom = rows * 12;
  return {
    ...rest,
    vocabulary: {
      hashes: new Uint32Array(buffer, 0, rows),
      inverseFrequency: new Float32Array(buffer, rows * 4, rows),
    },
    rowScales: new Float32Array(buffer, rows * 8, rows),
    biases: new Float32Array(buffer, biasesFrom, width),
    weights: new Int8Array(buffer, biasesFrom + width * 4),
  };
}
