type JsonObject = Record<string, unknown>;

const components = new Map<string, JsonObject>();

/**
 * Moves a JSON Schema's named definitions to the document's components and points its references
 * there, so that `Money` is described once however many answers hold it.
 */
export function hoistDefinitions(schema: object): JsonObject {
  const { $defs, definitions, $schema: _, ...own } = schema as JsonObject;
  for (const [name, definition] of Object.entries({
    ...asObject($defs),
    ...asObject(definitions),
  })) {
    components.set(name, rewrite(definition) as JsonObject);
  }
  const root = rewrite(own) as JsonObject;
  if (typeof root.id !== 'string') return root;
  const { id, ...named } = root;
  components.set(id, named);
  return { $ref: `#/components/schemas/${id}` };
}

/** Every definition that was hoisted so far. */
export function hoistedDefinitions(): Readonly<Record<string, JsonObject>> {
  return Object.fromEntries([...components].sort(([a], [b]) => a.localeCompare(b)));
}

function rewrite(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewrite);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === '$ref' ? referTo(item) : rewrite(item),
    ]),
  );
}

function referTo(reference: unknown): unknown {
  return typeof reference === 'string'
    ? reference.replace(/^#\/(?:\$defs|definitions)\//, '#/components/schemas/')
    : reference;
}

function asObject(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null ? (value as JsonObject) : {};
}
