import { describe, expect, it } from '@jest/globals';

import { ReadingSessions } from '../../src/audit/reading-sessions.js';
import { serviceActor, SimulatedClock } from '../../src/platform/index.js';

const minute = 60_000;
const auditor = { ...serviceActor('auditor', 'request'), sessionId: 'one' as never };

describe('readings of the log', () => {
  it('are recorded once a session and minute', () => {
    const clock = new SimulatedClock();
    const sessions = new ReadingSessions(clock);
    expect(sessions.isRecorded(auditor)).toBe(false);
    sessions.record(auditor);
    expect(sessions.isRecorded(auditor)).toBe(true);
    expect(sessions.isRecorded({ ...auditor, sessionId: 'two' as never })).toBe(false);
    clock.advance(minute);
    expect(sessions.isRecorded(auditor)).toBe(false);
  });

  it('are recorded again when the clock was set back: not left out for as long as it is behind', () => {
    const clock = new SimulatedClock();
    const sessions = new ReadingSessions(clock);
    sessions.record(auditor);
    clock.advance(-60 * minute);
    expect(sessions.isRecorded(auditor)).toBe(false);
    sessions.record(auditor);
    expect(sessions.isRecorded(auditor)).toBe(true);
  });
});
