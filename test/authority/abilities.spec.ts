import { Abilities, Circumstances } from '../../src/authority/abilities.js';
import { AuthorityMatrix } from '../../src/authority/matrix.js';
import { serviceActor } from '../../src/platform/index.js';
import { findPoliciesDirectory, loadPolicies, Policies } from '../../src/policy/index.js';

const policies = new Policies(loadPolicies(findPoliciesDirectory()));
const matrix = new AuthorityMatrix(policies.authority);
const profileOf = (...roles: string[]): ReturnType<Abilities['profileOf']> =>
  new Abilities(policies.authority, matrix).profileOf({
    ...serviceActor('spec', '33333333-3333-4333-8333-333333333333'),
    kind: 'staff',
    roles,
    level: 'L1',
  });
const lawful = {
  own: false,
  baseMinor: 500_000,
  floorRank: 0,
  joint: false,
  ownRequest: false,
  requiredRank: -1,
  groupMember: false,
};

describe('Abilities', () => {
  const { ability } = profileOf('agent');

  it('permits checked facts within the limit', () => {
    expect(ability.can('refund.create', new Circumstances('refund', lawful))).toBe(true);
  });

  it.each([
    ['null', null],
    ['undefined', undefined],
    ['NaN', Number.NaN],
    ['an empty text', ''],
    ['a word', 'abc'],
    ['text that sorts below the limit', '1000000'],
    ['a negative amount', -1],
    ['zero', 0],
    ['one above the limit', 500_001],
    ['infinity', Infinity],
    ['an object', {}],
    ['a list', [1]],
  ])('does not match an amount that is %s', (_, baseMinor) => {
    const facts = new Circumstances('refund', { ...lawful, baseMinor: baseMinor as number });
    expect(ability.can('refund.create', facts)).toBe(false);
  });

  it.each(
    Object.keys(lawful).filter(
      (name) => !['requiredRank', 'groupMember', 'ownRequest'].includes(name),
    ),
  )('does not match where %s is missing', (name) => {
    const facts = new Circumstances('refund', { ...lawful, [name]: undefined });
    expect(ability.can('refund.create', facts)).toBe(false);
  });

  it('does not match a plain object, whatever subject type it claims', () => {
    const forged = { ...lawful, noun: 'refund', __caslSubjectType__: 'refund' };
    expect(ability.can('refund.create', forged as never)).toBe(false);
    expect(ability.can('refund.create', {} as never)).toBe(false);
  });

  it('lets a separation stand after every grant', () => {
    const separated = profileOf('agent', 'admin').ability;
    expect(separated.can('refund.create', new Circumstances('refund', lawful))).toBe(false);
  });

  it('does not match a vote whose level or requester is not known', () => {
    const lead = profileOf('lead').ability;
    const vote = { ...lawful, requiredRank: 0 };
    const asked = (changes: object): boolean =>
      lead.can('approval.vote', new Circumstances('approval', { ...vote, ...changes }));
    expect(asked({})).toBe(true);
    expect(asked({ requiredRank: -1 })).toBe(false);
    expect(asked({ requiredRank: undefined })).toBe(false);
    expect(asked({ requiredRank: undefined, groupMember: undefined })).toBe(false);
    expect(asked({ ownRequest: undefined })).toBe(false);
    expect(asked({ ownRequest: true })).toBe(false);
  });
});
