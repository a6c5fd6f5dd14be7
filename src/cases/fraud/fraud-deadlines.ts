import { Injectable } from '@nestjs/common';

import type { Tx } from '../../ledger/index.js';
import { IdSource } from '../../platform/index.js';
import {
  BusinessCalendars,
  dateIn,
  endOfDay,
  type FraudPolicy,
  type LocalCalendar,
  Policies,
} from '../../policy/index.js';
import type { Case } from '../case.entity.js';
import { Deadline } from '../deadline/deadline.entity.js';

type Terms = Pick<
  Deadline,
  'kind' | 'ruleId' | 'citation' | 'dueAt' | 'inputs' | 'calendar' | 'steps'
>;

/** The clocks of a notice of fraud: the call-back, counted in seconds, and the expected resolution. */
export function fraudClocks(
  { callBack, resolutionTarget }: FraudPolicy,
  { calendar, calendarId, timeZone }: LocalCalendar,
  receivedAt: Date,
): readonly Terms[] {
  const noticeOn = dateIn(timeZone, receivedAt);
  const count = resolutionTarget.businessDaysMax;
  const { on, steps } = calendar.addBusinessDays(noticeOn, count);
  const callBackAt = new Date(receivedAt.getTime() + callBack.withinSeconds * 1000);
  return [
    {
      kind: 'call_back',
      ruleId: callBack.id,
      citation: callBack.citation,
      dueAt: callBackAt,
      inputs: { receivedAt: receivedAt.toISOString(), seconds: callBack.withinSeconds },
      calendar: 'elapsed time',
      steps: [
        `${receivedAt.toISOString()} the notice`,
        `${callBackAt.toISOString()} at the latest`,
      ],
    },
    {
      kind: 'resolution_target',
      ruleId: resolutionTarget.id,
      citation: resolutionTarget.citation,
      dueAt: endOfDay(on, timeZone),
      inputs: { noticeOn, count, unit: 'business-days' },
      calendar: calendarId,
      steps: [`${noticeOn} day 0, the notice`, ...steps.map((step) => `${step.on} ${step.reason}`)],
    },
  ];
}

/** Starts the clocks of a notice on the institution's own calendar. */
@Injectable()
export class FraudDeadlines {
  constructor(
    private readonly policies: Policies,
    private readonly calendars: BusinessCalendars,
    private readonly ids: IdSource,
  ) {}

  /** @returns when the call-back is due. */
  async start(tx: Tx, { id: caseId, receivedAt }: Case): Promise<Date> {
    const { fraud } = this.policies;
    for (const terms of fraudClocks(fraud, this.calendars.calendarFor(null), receivedAt)) {
      await tx.manager.insert(Deadline, {
        ...terms,
        id: this.ids.ordered(),
        caseId,
        state: 'running' as const,
        openedAt: receivedAt,
        endedAt: null,
      });
    }
    return new Date(receivedAt.getTime() + fraud.callBack.withinSeconds * 1000);
  }
}
