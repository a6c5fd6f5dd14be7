/** One line of a Markdown table; bars inside a cell are escaped. */
export function tableRow(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')).join(' | ')} |`;
}

export function tableHead(...titles: readonly string[]): string {
  return `${tableRow(...titles)}\n${tableRow(...titles.map(() => '---'))}`;
}

/** Puts text between two markers of a page that people write. */
export function fillBetween(page: string, name: string, text: string): string {
  const begin = `<!-- ${name}:begin -->`;
  const end = `<!-- ${name}:end -->`;
  const [before, rest] = split(page, begin);
  const [, after] = split(rest, end);
  return `${before}${begin}\n\n${text}\n\n${end}${after}`;
}

function split(page: string, marker: string): readonly [string, string] {
  const at = page.indexOf(marker);
  if (at < 0) throw new Error(`The page lacks ${marker}`);
  return [page.slice(0, at), page.slice(at + marker.length)];
}
