import { printTable } from '../cli/table.js'

export function print(head: string[], rows: readonly (readonly string[])[]): void {
  printTable(head, rows)
  console.log()
}

/** Say what went wrong; the process then fails in the end. */
export function report(findings: readonly string[]): void {
  for (const finding of findings) console.log(`FOUND: ${finding}\n`)
  if (findings.length > 0) process.exitCode = 1
}
