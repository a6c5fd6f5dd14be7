import { type KeyStore, Secret } from '../platform/index.js';

type Part = 'destination' | 'text';

/** Destination and text of one notification, as they lie in its row. */
export interface SealedMessage {
  readonly destination: Buffer;
  readonly text: Buffer;
}

/** Stands for nobody's address where a message is withheld; no carrier ever gets it. */
export const nobody = 'nobody';

/** Seals a message to its notification's id: the parts of two messages cannot be swapped. */
export function sealMessage(
  keys: KeyStore,
  id: string,
  clear: Readonly<Record<Part, string>>,
): SealedMessage {
  const seal = (part: Part): Buffer =>
    keys.seal('notification', Buffer.from(clear[part], 'utf8'), context(id, part));
  return { destination: seal('destination'), text: seal('text') };
}

/** @throws Error where a part is not the one sealed under this id. */
export function openMessage(
  keys: KeyStore,
  id: string,
  sealed: SealedMessage,
): Readonly<Record<Part, Secret>> {
  const open = (part: Part): Secret =>
    new Secret(keys.open('notification', sealed[part], context(id, part)).toString('utf8'));
  return { destination: open('destination'), text: open('text') };
}

function context(id: string, part: Part): string {
  return `notification/v1\n${id}\n${part}`;
}
