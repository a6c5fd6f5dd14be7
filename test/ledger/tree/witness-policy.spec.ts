import fc from 'fast-check';

import {
  formatVerifierKey,
  isQuorumReached,
  type NoteSigner,
  parseWitnessPolicy,
  WitnessPolicyError,
} from '../../../src/ledger/tree/index.js';
import { newSigner, verifierOf } from './keys.js';

const log = newSigner('bank.example/ledger');
const [north, south, east, west] = ['north', 'south', 'east', 'west'].map((name) =>
  newSigner(`${name}.example`),
) as [NoteSigner, NoteSigner, NoteSigner, NoteSigner];
const witnessKey = ({ name, publicKeyBytes }: NoteSigner): string =>
  formatVerifierKey(name, publicKeyBytes, 'cosignature');
const logLine = `log ${formatVerifierKey(log.name, log.publicKeyBytes)}`;
const line = (name: string, signer: NoteSigner): string => `witness ${name} ${witnessKey(signer)}`;
const two = `${logLine} https://bank.example/log
# Two houses, each with witnesses of its own.

${line('n', north)} https://north.example
${line('s', south)}
  ${line('e', east)}\t
${line('w', west)}
group first 2 n s e
group both all first w
quorum both
`;

describe('a witness policy', () => {
  it('names logs, witnesses and where to reach them (C2SP tlog-policy)', () => {
    const policy = parseWitnessPolicy(two);
    expect(policy.logs).toEqual([{ verifier: verifierOf(log), url: 'https://bank.example/log' }]);
    expect(policy.witnesses.map(({ name, url }) => [name, url])).toEqual([
      ['n', 'https://north.example'],
      ['s', null],
      ['e', null],
      ['w', null],
    ]);
  });

  it('is content with a quorum and with no less', () => {
    const { quorum } = parseWitnessPolicy(two);
    const reached = (...signers: NoteSigner[]): boolean =>
      isQuorumReached(
        quorum,
        signers.map((signer) => verifierOf(signer, 'cosignature')),
      );
    expect(reached(north, south, west)).toBe(true);
    expect(reached(south, east, west)).toBe(true);
    expect(reached(north, south, east)).toBe(false);
    expect(reached(north, west)).toBe(false);
    expect(reached(north, north, west)).toBe(false);
    expect(reached()).toBe(false);
  });

  it('may ask for nobody, for one, or for any of several', () => {
    expect(isQuorumReached(parseWitnessPolicy('quorum none\n').quorum, [])).toBe(true);
    const one = parseWitnessPolicy(`${line('n', north)}\nquorum n\n`);
    expect(isQuorumReached(one.quorum, [])).toBe(false);
    const any = parseWitnessPolicy(
      `${line('n', north)}\n${line('s', south)}\ngroup g any n s\nquorum g\n`,
    );
    expect(isQuorumReached(any.quorum, [verifierOf(south, 'cosignature')])).toBe(true);
  });

  it.each([
    ['no quorum', logLine],
    ['two quorums', 'quorum none\nquorum none'],
    ['a quorum of nobody known', 'quorum n'],
    ['a log key for a witness', `witness n ${logLine.slice(4)}\nquorum n`],
    ['a witness key for a log', `log ${witnessKey(north)}\nquorum none`],
    ['one key under two names', `${line('n', north)}\n${line('m', north)}\nquorum n`],
    ['a log twice', `${logLine}\n${logLine}\nquorum none`],
    ['a name twice', `${line('n', north)}\n${line('n', south)}\nquorum n`],
    ['a witness called none', `${line('none', north)}\nquorum none`],
    ['a group that is defined later', `group g any n\n${line('n', north)}\nquorum g`],
    ['a member twice', `${line('n', north)}\ngroup g 2 n n\nquorum g`],
    ['a member of two groups', `${line('n', north)}\ngroup g any n\ngroup h any n\nquorum h`],
    ['more votes than members', `${line('n', north)}\ngroup g 2 n\nquorum g`],
    ['a group of nobody', 'group g any\nquorum g'],
    ['a threshold of zero', `${line('n', north)}\ngroup g 0 n\nquorum g`],
    ['a word too many', `${line('n', north)} https://north.example more\nquorum n`],
    ['a control character', `${line('n\u0001', north)}\nquorum none`],
    ['lines that end as those of Windows', 'quorum none\r\n'],
    ['an unknown word', 'trust nobody\nquorum none'],
  ])('is refused with %s', (_, text) => {
    expect(() => parseWitnessPolicy(text)).toThrow(WitnessPolicyError);
  });

  it('never throws anything but its own error', () => {
    const words = fc.constantFrom(
      'log',
      'witness',
      'group',
      'quorum',
      'none',
      'any',
      'n',
      '\n',
      '1',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string())), (items) => {
        try {
          parseWitnessPolicy(items.join(' '));
        } catch (error) {
          expect(error).toBeInstanceOf(WitnessPolicyError);
        }
      }),
    );
    expect(() => parseWitnessPolicy('\n'.repeat(2_000))).toThrow(WitnessPolicyError);
  });
});
