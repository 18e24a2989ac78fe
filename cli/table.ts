import Table, { type TableConstructorOptions } from 'cli-table3'

const none = ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'] as const
const between = ['left', 'left-mid', 'mid-mid', 'right', 'right-mid', 'mid'] as const

/** Tables here: columns apart by two spaces, a rule under the head by hand, no frames and no colours of their own. */
export const plainTable: Pick<TableConstructorOptions, 'chars' | 'style'> = {
  chars: { ...Object.fromEntries([...none, ...between].map((name) => [name, ''])), middle: '  ' },
  style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
}

/** Print a table of text. */
export function printTable(head: string[], rows: readonly (readonly string[])[]): void {
  const table = new Table({ ...plainTable, head })
  for (const row of rows) table.push([...row])
  console.log(table.toString())
}
