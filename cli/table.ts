import type { TableConstructorOptions } from 'cli-table3'

const none = ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'] as const
const between = ['left', 'left-mid', 'mid-mid', 'right', 'right-mid', 'mid'] as const

/** Tables here: columns apart by two spaces, a rule under the head by hand, no frames and no colours of their own. */
export const plainTable: Pick<TableConstructorOptions, 'chars' | 'style'> = {
  chars: { ...Object.fromEntries([...none, ...between].map((name) => [name, ''])), middle: '  ' },
  style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
}
