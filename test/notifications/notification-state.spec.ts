import { describe, expect, it } from '@jest/globals';

import {
  notificationStates,
  notificationTransitions,
  statesBefore,
} from '../../src/notifications/notification.js';

describe('The states of a notification', () => {
  it('lead to one another as the table says, for every pair', () => {
    const pairs = notificationStates.flatMap((from) =>
      notificationStates
        .filter((to) => statesBefore(to).includes(from))
        .map((to) => `${from} → ${to}`),
    );

    expect(pairs).toEqual([
      'queued → withheld',
      'queued → sent',
      'queued → delivered',
      'queued → failed',
      'queued → expired',
      'queued → replaced',
      'sent → delivered',
      'sent → failed',
    ]);
  });

  it('end where nothing leads on', () => {
    const ends = notificationStates.filter((state) => notificationTransitions[state].length === 0);

    expect(ends).toEqual(['withheld', 'delivered', 'failed', 'expired', 'replaced']);
  });
});
