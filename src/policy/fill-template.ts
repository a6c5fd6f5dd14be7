/**
 * Fills the places of an approved text.
 *
 * @throws Error for a place that has no value.
 */
export function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (_, place: string) => {
    const value = values[place];
    if (value === undefined) throw new Error(`The place ${place} of a template is not filled`);
    return value;
  });
}
