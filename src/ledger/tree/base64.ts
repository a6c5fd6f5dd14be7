/**
 * Reads base64 in its one padded form (RFC 4648 §4); null where the text is anything else. `Buffer.from`
 * alone would skip what it does not understand, and two texts would name the same bytes.
 */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}
