import {
  cosignedMessage,
  formatCheckpoint,
  formatProofFile,
  formatSignature,
  formatVerifierKey,
  isQuorumReached,
  nodeHash,
  openNote,
  parseCheckpoint,
  parseProofFile,
  parseVerifierKey,
  parseWitnessPolicy,
  proveConsistency,
  proveInclusion,
  SignedNoteError,
  splitNote,
} from '../../../src/ledger/tree/index.js';
import { hashesOver } from './hash-source.js';
import { flippedTexts, newSigner, verifierOf } from './keys.js';

// What the specifications print as examples, typed in.

/** C2SP signed-note, format of a note: its key is not given. */
const poem = `Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
`;

/** C2SP signed-note, verifier keys. */
const exampleKey = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const example = `This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
`;

/** C2SP tlog-checkpoint and tlog-cosignature. */
const tomatoes = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
`;
const cosigned = `${tomatoes}
— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
`;

/** C2SP tlog-proof; two cosignatures of three are left out, and all are shortened in print. */
const provenCheckpoint = `example.com/fancylog
109482
sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=

— example.com/fancylog hI2DJw[...]1roloI=
— witness1.example mJirIklj[...]qY9v2B/5bg==
`;
const proofFile = `c2sp.org/tlog-proof@v1
extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6kYXJ3aW4tYXJ
index 73894
gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=
EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=
RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=
AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=

${provenCheckpoint}`;

const formatNote = ({ text, signatures }: ReturnType<typeof splitNote>): string =>
  `${text}\n${signatures.map(formatSignature).join('')}`;

describe('the examples of C2SP signed-note', () => {
  it('open with the key that is printed beside, which reads back', () => {
    const verifier = parseVerifierKey(exampleKey);
    expect(openNote(example, [verifier]).text).toBe('This is an example message.\n');
    expect(formatVerifierKey(verifier.name, verifier.publicKeyBytes)).toBe(exampleKey);
    for (const broken of flippedTexts(example)) {
      expect(() => openNote(broken, [verifier])).toThrow(SignedNoteError);
    }
  });

  it('come apart at the last of their blank lines, and together again', () => {
    const note = splitNote(poem);
    expect(note.text.split('\n').slice(2)).toEqual(['', 'ed è subito sera.', '']);
    expect(note.signatures).toMatchObject([{ name: 'quasimodo.example/salvatore' }]);
    expect(formatNote(note)).toBe(poem);
  });
});

describe('the examples of C2SP tlog-checkpoint and tlog-cosignature', () => {
  it('name the log, its size and its root', () => {
    const checkpoint = parseCheckpoint(splitNote(cosigned).text);
    expect(checkpoint).toMatchObject({
      ...{ origin: 'example.com/behind-the-sofa', treeSize: 20_852_163, extensions: [] },
    });
    expect(formatCheckpoint(checkpoint)).toBe(tomatoes);
    expect(formatNote(splitNote(cosigned))).toBe(cosigned);
  });

  it('carry the time that the cosigned message has', () => {
    const { text, signatures } = splitNote(cosigned);
    const cosignature = signatures[1]!.signature;
    expect(cosignature).toHaveLength(8 + 64);
    expect(cosignedMessage(text, cosignature.readBigUInt64BE()).toString()).toBe(
      `cosignature/v1\ntime 1679315147\n${tomatoes}`,
    );
  });
});

describe('the example of C2SP tlog-proof', () => {
  it('comes apart and together again', () => {
    const file = parseProofFile(proofFile);
    expect([file.leafIndex, file.proof.length]).toEqual([73_894, 5]);
    expect(file.extra?.toString()).toContain('age-v1.2.1-darwin-arm64.tar.gz');
    expect(file.checkpoint).toBe(provenCheckpoint);
    expect(formatProofFile(file)).toBe(proofFile);
  });
});

describe('the example of C2SP tlog-policy', () => {
  const signers = ['X1', 'X2', 'X3', 'Y1', 'Y2', 'Y3'].map((name) => newSigner(name));
  const keyOf = (name: string): string => {
    const signer = signers.find((one) => one.name === name)!;
    return formatVerifierKey(name, signer.publicKeyBytes, 'cosignature');
  };
  const log = newSigner('log.example');
  const policy = parseWitnessPolicy(`log ${formatVerifierKey(log.name, log.publicKeyBytes)}

witness X1 ${keyOf('X1')}
witness X2 ${keyOf('X2')}
witness X3 ${keyOf('X3')}
group X-witnesses 2 X1 X2 X3

witness Y1 ${keyOf('Y1')}
witness Y2 ${keyOf('Y2')}
witness Y3 ${keyOf('Y3')}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`);

  it.each([
    ['X1 X2 Y3', true],
    ['X1 X2 X3 Y1 Y2 Y3', true],
    ['X1 X2 X3', false],
    ['X1 Y1 Y2 Y3', false],
  ])('with cosignatures of %s is satisfied: %s', (names, isSatisfied) => {
    const cosigners = signers.filter(({ name }) => names.includes(name));
    const cosignedBy = cosigners.map((signer) => verifierOf(signer, 'cosignature'));
    expect(isQuorumReached(policy.quorum, cosignedBy)).toBe(isSatisfied);
  });
});

/**
 * The tree of seven leaves:
 *
 *             hash
 *            /    \
 *           k      l
 *          / \    / \
 *         g   h  i   j
 *        /\  /\  /\  |
 *        ab  cd  ef  d6
 */
describe('the example of RFC 6962 §2.1.3', () => {
  const leaves = Array.from({ length: 7 }, (_, index) => Buffer.alloc(32, index));
  const [a, b, c, d, e, f, j] = leaves as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer, Buffer];
  const [g, h, i] = [nodeHash(a, b), nodeHash(c, d), nodeHash(e, f)];
  const [k, l] = [nodeHash(g, h), nodeHash(i, j)];
  const hashes = hashesOver(leaves);

  it.each([
    [0, [b, h, l]],
    [3, [c, g, l]],
    [4, [f, j, k]],
    [6, [i, k]],
  ])('has the audit path of leaf %i', async (leafIndex, path) => {
    expect(await proveInclusion(leafIndex, 7, hashes)).toEqual(path);
  });

  it.each([
    [3, [c, d, g, l]],
    [4, [l]],
    [6, [i, j, k]],
  ])('has the consistency proof from %i leaves', async (first, proof) => {
    expect(await proveConsistency(first, 7, hashes)).toEqual(proof);
  });
});
