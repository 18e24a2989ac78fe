import Table from 'cli-table3'
import type { Command } from 'commander'
import { checks, runChecks } from '../src/autograd/checks.js'
import { ConfigError } from '../src/tensor/errors.js'
import { didYouMean } from '../src/train/readConfig.js'
import { say } from './errors.js'
import { count } from './format.js'
import { plainTable } from './table.js'

/** Central differences in float64 agree with a right rule to about 1e-9. */
const allowed = 1e-6

export function addGradcheck(program: Command): void {
  program
    .command('gradcheck [op]')
    .description('check the gradient rule of every operation, or of one, against finite differences')
    .option('--json', 'one JSON array')
    .addHelpText('after', '\nExamples:\n  $ ghostgrad gradcheck\n  $ ghostgrad gradcheck conv2d')
    .action((op: string | undefined, { json }: { json?: boolean }) => {
      const ops = [...new Set(checks.map((check) => check.op))]
      if (op !== undefined && !ops.includes(op)) {
        throw new ConfigError(`unknown operation "${op}"${didYouMean(op, ops)} known: ${ops.join(', ')}`)
      }
      const rows = runChecks((check) => op === undefined || check.op === op)
      const wrong = rows.filter(({ worstError }) => !(worstError <= allowed))
      console.log(json ? JSON.stringify(rows) : describe(rows))
      if (wrong.length === 0) return
      say(
        `${wrong.length} of ${rows.length} gradients are off by more than ${allowed.toExponential()}: ${wrong.map((r) => r.name).join(', ')}`,
      )
      process.exitCode = 1
    })
}

function describe(rows: readonly { name: string; worstError: number }[]): string {
  const table = new Table({
    ...plainTable,
    head: ['operation', 'worst error', ''],
    colAligns: ['left', 'right', 'left'],
  })
  for (const { name, worstError } of rows) {
    table.push([name, worstError.toExponential(1), worstError <= allowed ? 'ok' : 'WRONG'])
  }
  const worst = rows.reduce((max, { worstError }) => Math.max(max, worstError), 0)
  return `${table}\n\n${count(rows.length, 'check')} in float64, worst error ${worst.toExponential(1)}, allowed ${allowed.toExponential()}`
}
