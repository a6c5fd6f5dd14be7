import { formatSignature, parseSignature } from '../../../src/ledger/tree/index.js';
import {
  formatAddCheckpoint,
  parseAddCheckpoint,
} from '../../../src/ledger/witness/add-checkpoint.js';

/** The request that C2SP tlog-witness prints, of a log with two keys. */
const request = `old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
`;

/** The answer that it prints, of a witness with two keys and another. */
const answer = [
  '— witness.example/w1 CMp+6LWBU0anHGH5aNDTJkH/gj79sG+T6+iP2ThYN5krrDJbR1HDnucjL39QsZTSvVjyQLrdk3DXDqI5G2HgLatVs0pWh6Up69HVOw==',
  '— witness.example/w1 I7rEps0pvK2UqkS2gSpVUDhrhVtQV9lgF6pRrWAvjJHjyWpW7VcE3SiOlVlbQNt64vWhO+DlkL0+UfzuOBMh9ChdMkP1vi/lCAsmlw==',
  '— witness.example/w2 AWui8Sk55XjYLOijihBjhqEH6nS1ndDymE0a+6idX7pLcnoB+dhnz0854aLZgrrKbYKA7nC3HNJhm/kWl7oJlqU3rXXvpysAdyP3wQ==',
];

describe('the examples of C2SP tlog-witness', () => {
  it('are a request that reads back as it was written', () => {
    const parsed = parseAddCheckpoint(request);
    expect(parsed).toMatchObject({ oldSize: 20_852_014, origin: 'example.com/behind-the-sofa' });
    expect(parsed.proof).toHaveLength(4);
    expect(formatAddCheckpoint(parsed)).toBe(request);
  });

  it('are answers of key id, time and signature, which read back as well', () => {
    const signatures = answer.map(parseSignature);
    expect(signatures.map(({ signature }) => signature.length)).toEqual([72, 72, 72]);
    expect(signatures.map(formatSignature)).toEqual(answer.map((line) => `${line}\n`));
  });
});
