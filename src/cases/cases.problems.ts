import { defineProblems } from '../platform/index.js';

/** Problems of cases and of what belongs to them. */
export const caseProblems = defineProblems({
  'containment.not_releasable': {
    status: 409,
    title: 'Containment cannot be released',
    when: 'The containment is released already; `allowed` lists the states that may follow.',
  },
});
