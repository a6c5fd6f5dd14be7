import sodium from 'libsodium-wrappers';

/**
 * A bundle encrypted to one recipient:
 *
 *     "probity-sealed-bundle/v1\n"
 *     80 bytes   the key of the stream in a sealed box (libsodium crypto_box_seal) to the recipient
 *     24 bytes   header of the stream (crypto_secretstream_xchacha20poly1305)
 *     frames     of 65,536 bytes and 17 more each, the last one shorter or equal and tagged FINAL;
 *                the first line is the associated data of each
 */
const mark = Buffer.from('probity-sealed-bundle/v1\n');
const frameBytes = 65_536;

/** Thrown for a file that is no sealed bundle, is cut off, changed, or for somebody else. */
export class SealedBundleError extends Error {
  override readonly name = 'SealedBundleError';
}

/** Encrypts as it comes, in constant memory. */
export async function* sealBundle(
  chunks: AsyncIterable<Uint8Array>,
  recipientKey: Uint8Array,
): AsyncGenerator<Uint8Array> {
  await sodium.ready;
  const key = sodium.crypto_secretstream_xchacha20poly1305_keygen();
  const { state, header } = sodium.crypto_secretstream_xchacha20poly1305_init_push(key);
  yield Buffer.concat([mark, sodium.crypto_box_seal(key, recipientKey), header]);
  for await (const { frame, isLast } of inFrames(chunks, frameBytes)) {
    const tag = isLast
      ? sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL
      : sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
    yield sodium.crypto_secretstream_xchacha20poly1305_push(state, frame, mark, tag);
  }
  sodium.memzero(key);
}

/**
 * Decrypts; what is yielded before the end is authentic but may be cut off: only once the generator
 * has ended is the file whole.
 *
 * @throws SealedBundleError
 */
export async function* openBundle(
  chunks: AsyncIterable<Uint8Array>,
  recipient: RecipientKeys,
): AsyncGenerator<Uint8Array> {
  await sodium.ready;
  const headBytes =
    mark.length +
    sodium.crypto_secretstream_xchacha20poly1305_KEYBYTES +
    sodium.crypto_box_SEALBYTES +
    sodium.crypto_secretstream_xchacha20poly1305_HEADERBYTES;
  const sealedFrame = frameBytes + sodium.crypto_secretstream_xchacha20poly1305_ABYTES;
  const source = chunks[Symbol.asyncIterator]();
  const { head, rest } = await takeHead(source, headBytes);
  const state = openHead(head, recipient);
  let isFinal = false;
  for await (const { frame } of inFrames(following(rest, source), sealedFrame)) {
    if (isFinal) throw new SealedBundleError('Something stands behind the end');
    const opened = pull(state, frame);
    isFinal = opened.tag === sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    yield opened.message;
  }
  if (!isFinal) throw new SealedBundleError('The file is cut off');
}

export interface RecipientKeys {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

/** A new X25519 key pair. */
export async function newRecipientKeys(): Promise<RecipientKeys> {
  await sodium.ready;
  return sodium.crypto_box_keypair();
}

/** @throws SealedBundleError where it is not 32 bytes. */
export async function recipientKeysOf(privateKey: Uint8Array): Promise<RecipientKeys> {
  await sodium.ready;
  if (privateKey.length !== sodium.crypto_scalarmult_SCALARBYTES) {
    throw new SealedBundleError('Not a private key');
  }
  return { privateKey, publicKey: sodium.crypto_scalarmult_base(privateKey) };
}

type StreamState = ReturnType<typeof sodium.crypto_secretstream_xchacha20poly1305_init_pull>;

function openHead(head: Buffer, { publicKey, privateKey }: RecipientKeys): StreamState {
  const boxEnd = head.length - sodium.crypto_secretstream_xchacha20poly1305_HEADERBYTES;
  if (!head.subarray(0, mark.length).equals(mark)) throw new SealedBundleError('Not sealed');
  const key = tryOpen(() =>
    sodium.crypto_box_seal_open(head.subarray(mark.length, boxEnd), publicKey, privateKey),
  );
  return sodium.crypto_secretstream_xchacha20poly1305_init_pull(head.subarray(boxEnd), key);
}

function pull(state: StreamState, frame: Buffer): { message: Uint8Array; tag: number } {
  const opened = tryOpen(() =>
    sodium.crypto_secretstream_xchacha20poly1305_pull(state, frame, mark),
  );
  if (opened === false) throw new SealedBundleError('The file was changed');
  return opened;
}

function tryOpen<Opened>(open: () => Opened): Opened {
  try {
    return open();
  } catch (cause) {
    throw new SealedBundleError('The file was changed, or is for somebody else', { cause });
  }
}

async function takeHead(
  source: AsyncIterator<Uint8Array>,
  count: number,
): Promise<{ head: Buffer; rest: Buffer }> {
  let all = Buffer.alloc(0);
  while (all.length < count) {
    const next = await source.next();
    if (next.done === true) throw new SealedBundleError('The file is cut off');
    all = Buffer.concat([all, next.value]);
  }
  return { head: all.subarray(0, count), rest: all.subarray(count) };
}

async function* following(
  first: Buffer,
  source: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield first;
  for (;;) {
    const next = await source.next();
    if (next.done === true) return;
    yield next.value;
  }
}

/** Frames of one length; the last may be shorter, and there is always one. */
async function* inFrames(
  chunks: AsyncIterable<Uint8Array>,
  length: number,
): AsyncGenerator<{ frame: Buffer; isLast: boolean }> {
  let waiting = Buffer.alloc(0);
  for await (const chunk of chunks) {
    waiting = Buffer.concat([waiting, chunk]);
    // One frame is held back: it may be the last.
    while (waiting.length > length) {
      yield { frame: waiting.subarray(0, length), isLast: false };
      waiting = waiting.subarray(length);
    }
  }
  yield { frame: waiting, isLast: true };
}
