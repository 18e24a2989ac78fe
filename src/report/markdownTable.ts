/** A table in Markdown, its columns padded to one width; the first is text, the others may be numbers. */
export function markdownTable(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const rows = [head, ...lines].map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = head.map((_, column) => Math.max(3, ...rows.map((cells) => [...cells[column]!].length)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => padded(cell, widths[i]!)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(rows[0]!), rule, ...rows.slice(1).map(line)].join('\n')
}

const padded = (cell: string, width: number): string => cell + ' '.repeat(width - [...cell].length)
