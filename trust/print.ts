import Table from 'cli-table3'
import { plainTable } from '../cli/table.js'

export function print(head: string[], rows: readonly (readonly string[])[]): void {
  const table = new Table({ ...plainTable, head })
  for (const row of rows) table.push([...row])
  console.log(`${table.toString()}\n`)
}

/** Say what went wrong; the process then fails in the end. */
export function report(findings: readonly string[]): void {
  for (const finding of findings) console.log(`FOUND: ${finding}\n`)
  if (findings.length > 0) process.exitCode = 1
}
