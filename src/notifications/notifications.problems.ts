import { defineProblems } from '../platform/index.js';

/** Problems of telling people. */
export const notificationProblems = defineProblems({
  'delivery_report.not_signed': {
    status: 403,
    title: 'Delivery report not accepted',
    when: 'A report of what became of a message does not carry its carrier’s signature.',
  },
});
