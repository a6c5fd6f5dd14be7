import { Body, Controller, Headers, HttpCode, Post } from '@nestjs/common';
import { z } from 'zod';

import {
  AcceptsForm,
  ApiRoute,
  Config,
  PathId,
  platformProblems,
  Public,
} from '../platform/index.js';
import { ConfiguredCarriers } from './carriers/configured-carriers.js';
import { DeliveryReports } from './delivery-reports.js';
import { notificationProblems } from './notifications.problems.js';
import { isSigned } from './report-signature.js';

/** All members are signed, so all are kept until the signature was checked; these are looked at. */
const deliveryReportSchema = z
  .object({
    MessageSid: z.string().regex(/^[\w-]{1,200}$/),
    MessageStatus: z.string().regex(/^[a-z_]{1,40}$/),
    ErrorCode: z
      .string()
      .regex(/^\d{0,10}$/)
      .optional(),
  })
  .catchall(z.string())
  .meta({ id: 'DeliveryReport' });

/** Where carriers of text messages report what became of a message. */
@Controller('v1/delivery-reports')
@Public()
export class DeliveryReportsController {
  constructor(
    private readonly config: Config,
    private readonly carriers: ConfiguredCarriers,
    private readonly reports: DeliveryReports,
  ) {}

  @Post(':id')
  @HttpCode(204)
  @AcceptsForm()
  @ApiRoute({
    summary: 'Report what became of a text message (for its carrier, signed)',
    responses: { 204: 'Taken, or of no message that waits for a report.' },
    headers: { 'X-Twilio-Signature': 'Signature of address and form, as the Messages API has it.' },
    problems: ['route.unknown', 'delivery_report.not_signed'],
  })
  async take(
    @PathId('id') notificationId: string,
    @Body({ schema: deliveryReportSchema }) form: z.infer<typeof deliveryReportSchema>,
    @Headers('x-twilio-signature') signature: string | undefined,
  ): Promise<void> {
    const { sms } = this.config.delivery;
    const url = this.carriers.reportUrlOf(notificationId);
    if (!sms || url === null) throw platformProblems['route.unknown']();
    // Before anything is looked up: who cannot sign learns of no id whether it is there.
    if (!isSigned(sms.authToken, { url, form }, signature)) {
      throw notificationProblems['delivery_report.not_signed']();
    }
    await this.reports.take({
      notificationId,
      reference: form.MessageSid,
      status: form.MessageStatus,
      errorCode: form.ErrorCode === undefined || form.ErrorCode === '' ? null : form.ErrorCode,
    });
  }
}
