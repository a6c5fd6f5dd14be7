import { z } from 'zod';

import { citationSchema, isoDateSchema, repeated } from './rule.js';

/** Languages in which templates may stand (BCP 47); `en` always does. */
export const templateLanguages = ['en', 'de', 'es', 'fr'] as const;
export type TemplateLanguage = (typeof templateLanguages)[number];

const idSchema = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/);

const textsSchema = z
  .partialRecord(z.enum(templateLanguages), z.string().min(1))
  .refine((texts) => texts.en !== undefined, { message: 'The English text is missing' });

const disclaimerSchema = z.strictObject({
  id: idSchema,
  citation: citationSchema,
  effectiveFrom: isoDateSchema,
  texts: textsSchema,
});

const templateSchema = z
  .strictObject({
    id: idSchema,
    version: z.string().regex(/^\d+(\.\d+)*$/),
    citation: citationSchema,
    effectiveFrom: isoDateSchema,
    /** Two persons: who wrote a text does not release it. */
    approvedBy: z.tuple([z.string().min(2), z.string().min(2)]),
    disclaimerIds: z.array(idSchema).min(1),
    /** Names that stand in braces in the texts; each must be filled. */
    places: z.array(z.string().regex(/^[a-z][A-Za-z]*$/)),
    texts: textsSchema,
  })
  .superRefine((template, context) => {
    if (template.approvedBy[0] === template.approvedBy[1]) {
      const message = 'Two distinct persons approve a template';
      context.addIssue({ code: 'custom', path: ['approvedBy'], message });
    }
    for (const [language, text] of Object.entries(template.texts)) {
      const found = new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, place]) => place));
      const differs = template.places.filter((place) => !found.has(place));
      const unknown = [...found].filter((place) => !template.places.includes(place ?? ''));
      if (differs.length + unknown.length === 0) continue;
      const message = `Places differ from the text: ${[...differs, ...unknown].join(', ')}`;
      context.addIssue({ code: 'custom', path: ['texts', language], message });
    }
  });

/** A header of one line (RFC 5322 §2.2). It shows on locked screens: what it is about, never a code. */
const subjectSchema = z.string().regex(/^[^\p{Cc}\d]{1,78}$/u, 'One line without digits');

const mailSubjectsSchema = z.strictObject({
  citation: citationSchema,
  effectiveFrom: isoDateSchema,
  /** By the id of the template that made the text. */
  byTemplate: z.record(idSchema, subjectSchema),
  /** Of every other message. */
  otherwise: subjectSchema,
});

/** `policies/templates.yaml`: every sentence the service may say by itself, approved by two persons. */
export const templatesPolicySchema = z
  .strictObject({
    disclaimers: z.array(disclaimerSchema).min(1),
    templates: z.array(templateSchema).min(1),
    mailSubjects: mailSubjectsSchema,
  })
  .superRefine((policy, context) => {
    for (const id of repeated(policy.templates.map((template) => template.id))) {
      context.addIssue({ code: 'custom', path: ['templates'], message: `${id} stands twice` });
    }
    const known = new Set(policy.disclaimers.map((disclaimer) => disclaimer.id));
    policy.templates.forEach((template, index) => {
      for (const id of template.disclaimerIds.filter((name) => !known.has(name))) {
        const path = ['templates', index, 'disclaimerIds'];
        context.addIssue({ code: 'custom', path, message: `No disclaimer ${id}` });
      }
    });
  });
export type TemplatesPolicy = z.output<typeof templatesPolicySchema>;
