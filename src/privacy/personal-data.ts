import type { EntityManager } from 'typeorm';

import type { SubjectRef } from '../platform/index.js';

/** Personal data of one person as one context holds it; for access (GDPR Art. 15) and portability (Art. 20). */
export interface PersonalDataExcerpt {
  /** What kind of records these are, in the context's own words. */
  readonly category: string;
  readonly records: readonly Readonly<Record<string, unknown>>[];
}

/** What an erasure did in one context. */
export interface ErasureReport {
  readonly recordsErased: number;
  /** Kept, with the duty that demands it. */
  readonly recordsKept: readonly { readonly count: number; readonly reason: string }[];
}

/** One context's answer to a person who asks about their data. Each context with a personal column registers one. */
export interface PersonalDataSource {
  /** The context's name; once in the service. */
  readonly context: string;
  /** The tables whose personal columns this source answers for. */
  readonly tables: readonly string[];
  collect(manager: EntityManager, subjectRef: SubjectRef): Promise<readonly PersonalDataExcerpt[]>;
  /** Erases what no duty keeps; the destruction of the person's key comes after all sources. */
  erase(manager: EntityManager, subjectRef: SubjectRef): Promise<ErasureReport>;
}

/** Every place of the service where personal data stands. */
export class PersonalDataSources {
  readonly #sources = new Map<string, PersonalDataSource>();

  /** @throws Error where the context or one of its tables is registered already. */
  register(source: PersonalDataSource): void {
    if (this.#sources.has(source.context)) {
      throw new Error(`Personal data of ${source.context} is registered twice`);
    }
    const taken = source.tables.find((table) => this.covers(table));
    if (taken !== undefined) throw new Error(`Personal data of table ${taken} is registered twice`);
    this.#sources.set(source.context, source);
  }

  /** Whether some source answers for a table; a test asks for each entity with a personal column. */
  covers(table: string): boolean {
    return this.list().some((source) => source.tables.includes(table));
  }

  list(): readonly PersonalDataSource[] {
    return [...this.#sources.values()];
  }
}
