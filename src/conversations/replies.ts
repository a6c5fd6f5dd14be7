import { Injectable } from '@nestjs/common';

import { redact } from '../redaction/index.js';
import { Policies } from '../policy/index.js';
import type { ReplyDraft } from './playbooks/playbook.js';

export interface RenderedReply {
  readonly text: string;
  readonly templateId: string;
  readonly templateVersion: string;
  readonly disclaimerIds: string[];
  /** Kinds of what the net caught on the way out; empty unless a value carried a secret. */
  readonly caught: readonly string[];
}

/** Renders approved templates. The same facts always give the same bytes. */
@Injectable()
export class Replies {
  constructor(private readonly policies: Policies) {}

  /** @throws Error for a template that is not in `policies/templates.yaml`, or a place without a value. */
  render(draft: ReplyDraft): RenderedReply {
    const template = this.policies.template(draft.templateId);
    const filled = template.text.replaceAll(/\{(\w+)\}/g, (_place: string, place: string) => {
      const value = draft.values?.[place];
      if (value === undefined)
        throw new Error(`Template ${template.id} lacks a value for ${place}`);
      return value;
    });
    // The last net: whatever a value carried, payment data and secrets do not leave.
    const net = redact(filled.trim());
    return {
      text: net.text,
      templateId: template.id,
      templateVersion: template.version,
      disclaimerIds: [...template.disclaimerIds],
      caught: net.redactions.map(({ kind }) => kind),
    };
  }
}
