import { defineProblems } from '../platform/index.js';

/** Problems of cases and of what belongs to them. */
export const caseProblems = defineProblems({
  'case.changed': {
    status: 412,
    title: 'Case has changed',
    when: 'The `If-Match` header names another version of the case.',
  },
  'containment.not_releasable': {
    status: 409,
    title: 'Containment cannot be released',
    when: 'The containment is released already; `allowed` lists the states that may follow.',
  },
});
