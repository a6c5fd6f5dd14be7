import * as authority from './authority.js';
import * as house from './house.js';
import * as registries from './registries.js';
import * as routes from './routes.js';
import type { Rule } from './source-tree.js';
import {
  columnsAreClassified,
  entitiesHaveNoRelations,
  migrationsAreNamedInOrder,
  personalColumnsAreSealed,
  releasedMigrationsAreUnchanged,
  schemaIsNeverSynchronized,
} from './storage.js';

/** Every rule by its name, which is what it says. */
export const rules: Readonly<Record<string, Rule>> = {
  ...authority,
  ...house,
  ...registries,
  ...routes,
  columnsAreClassified,
  entitiesHaveNoRelations,
  migrationsAreNamedInOrder,
  personalColumnsAreSealed,
  releasedMigrationsAreUnchanged,
  schemaIsNeverSynchronized,
};
