import { Command, CommandHandler, Query, QueryHandler } from '@nestjs/cqrs';

import { Authorized, unauthorizedMessages } from '../../src/authority/index.js';
import { findPoliciesDirectory, loadPolicies, Policies } from '../../src/policy/index.js';

@Authorized('case.open')
class OpenNothing extends Command<object> {}
@CommandHandler(OpenNothing)
class OpenNothingHandler {}

class OpenAnything extends Command<object> {}
@CommandHandler(OpenAnything)
class OpenAnythingHandler {}

@Authorized('vault.open', 'case.read')
class ReadAnything extends Query<object> {}
@QueryHandler(ReadAnything)
class ReadAnythingHandler {}

class NoHandler {}

describe('unauthorizedMessages', () => {
  const policies = new Policies(loadPolicies(findPoliciesDirectory()));

  it('accepts what asks about an action with a rule, and what is no handler', () => {
    expect(unauthorizedMessages([OpenNothingHandler, NoHandler], policies)).toEqual([]);
  });

  it('names a command that asks nobody', () => {
    expect(unauthorizedMessages([OpenAnythingHandler], policies)).toEqual([
      'OpenAnything is not @Authorized',
    ]);
  });

  it('names a query that asks about an action without a rule', () => {
    expect(unauthorizedMessages([ReadAnythingHandler], policies)).toEqual([
      'ReadAnything asks about vault.open, which has no rule in authority.yaml',
    ]);
  });
});
