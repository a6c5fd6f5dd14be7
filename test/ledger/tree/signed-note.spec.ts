import fc from 'fast-check';

import {
  CheckpointError,
  emptyRootHash,
  formatCheckpoint,
  formatVerifierKey,
  openNote,
  parseCheckpoint,
  parseVerifierKey,
  SignedNoteError,
  signNote,
} from '../../../src/ledger/tree/index.js';
import { flippedTexts, newSigner, verifierOf } from './keys.js';
import { readVectors } from './vectors.js';

interface NoteVectors {
  readonly cases: readonly {
    readonly desc: string;
    readonly vkeys: readonly string[];
    readonly note: string;
    readonly valid: boolean;
    readonly verifiedBy?: readonly string[];
    readonly unverified?: number;
  }[];
}

const one = newSigner('one.example/log');
const two = newSigner('two.example/witness');

describe('a signed note', () => {
  const text = 'first line\n\nafter a blank line\n';

  it('opens to its text and says who signed', () => {
    const opened = openNote(signNote(text, [one, two]), [verifierOf(one)]);
    expect(opened.text).toBe(text);
    expect(opened.verifiedBy.map(({ name }) => name)).toEqual([one.name]);
    expect(opened.unverified.map(({ name }) => name)).toEqual([two.name]);
  });

  it('is refused with any character changed', () => {
    for (const broken of flippedTexts(signNote(text, [one]))) {
      expect(() => openNote(broken, [verifierOf(one)])).toThrow(SignedNoteError);
    }
  });

  it('is refused where one known key signed badly, whoever else signed well', () => {
    const good = signNote(text, [one]);
    const bad = signNote('another text\n', [two]).split('\n').at(-2) ?? '';
    expect(() => openNote(`${good}${bad}\n`, [verifierOf(one), verifierOf(two)])).toThrow(
      SignedNoteError,
    );
    expect(openNote(`${good}${bad}\n`, [verifierOf(one)]).unverified).toHaveLength(1);
  });

  it.each(['', 'no newline', 'a tab\t\n', 'a bell\u0007\n'])(
    'cannot have the text %j',
    (broken) => {
      expect(() => signNote(broken, [one])).toThrow(SignedNoteError);
    },
  );

  it.each(['a name', 'a\u0085name', 'a\u2003name', 'a+name', 'a\u0001name', ''])(
    'is refused with a signature by %j, whoever else signed',
    (name) => {
      const note = signNote(text, [one, { ...two, name: 'other' }]).replace('other', name);
      expect(() => openNote(note, [verifierOf(one)])).toThrow(SignedNoteError);
    },
  );

  it('may be signed by a name with a character that is no Unicode space', () => {
    const named = newSigner('a\ufeffname');
    expect(openNote(signNote(text, [named]), [verifierOf(named)]).text).toBe(text);
  });

  it('never throws anything but its own error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (noise) => {
        for (const parse of [
          () => openNote(noise, [verifierOf(one)]),
          () => parseVerifierKey(noise),
        ]) {
          expect(parse).toThrow(SignedNoteError);
        }
      }),
    );
  });

  it('agrees with the published notes', () => {
    const vectors = readVectors<NoteVectors>('signed-note.json');
    for (const { desc, vkeys, note, valid } of vectors?.cases ?? []) {
      const open = () => {
        try {
          openNote(note, vkeys.map(parseVerifierKey));
          return true;
        } catch (error) {
          if (error instanceof SignedNoteError) return false;
          throw error;
        }
      };
      expect([desc, open()]).toEqual([desc, valid]);
    }
    expect(vectors === null || vectors.cases.length > 0).toBe(true);
  });
});

describe('a verifier key', () => {
  it('reads back as it was written, and in no other form', () => {
    const key = formatVerifierKey(one.name, one.publicKeyBytes);
    expect(parseVerifierKey(key).publicKeyBytes).toEqual(one.publicKeyBytes);
    for (let end = 0; end < key.length; end += 1) {
      expect(() => parseVerifierKey(key.slice(0, end))).toThrow(SignedNoteError);
    }
  });
});

describe('a checkpoint', () => {
  const checkpoint = { origin: 'one.example/log', treeSize: 7, rootHash: emptyRootHash };

  it('reads back as it was written', () => {
    expect(parseCheckpoint(formatCheckpoint(checkpoint))).toEqual({
      ...checkpoint,
      extensions: [],
    });
    expect(parseCheckpoint(`${formatCheckpoint(checkpoint)}extension\n`).extensions).toEqual([
      'extension',
    ]);
  });

  it.each([
    ['no origin', (text: string) => text.replace('one.example/log', '')],
    ['a size with a leading zero', (text: string) => text.replace('\n7\n', '\n07\n')],
    ['a negative size', (text: string) => text.replace('\n7\n', '\n-7\n')],
    ['a size beyond counting', (text: string) => text.replace('\n7\n', '\n9999999999999999\n')],
    ['a root without padding', (text: string) => text.replace('=', '')],
    ['no last newline', (text: string) => text.slice(0, -1)],
    ['an empty extension', (text: string) => `${text}\n`],
  ])('is refused with %s', (_, change) => {
    expect(() => parseCheckpoint(change(formatCheckpoint(checkpoint)))).toThrow(CheckpointError);
  });

  it('never throws anything but its own error', () => {
    fc.assert(
      fc.property(fc.string(), (noise) => {
        expect(() => parseCheckpoint(noise)).toThrow(CheckpointError);
      }),
    );
  });
});
