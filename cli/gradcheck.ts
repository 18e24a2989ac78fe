import Table from 'cli-table3'
import type { Command } from 'commander'
import { opChecks } from '../src/autograd/checks.js'
import { type CheckRow, runChecks } from '../src/autograd/runChecks.js'
import { checkModel, derivativesEach, modelCheckInput, sampleSizeOf } from '../src/models/checkModel.js'
import { listModels } from '../src/models/registry.js'
import { layerChecks } from '../src/nn/checks.js'
import { ConfigError, showShape } from '../src/tensor/errors.js'
import { didYouMean } from '../src/train/readConfig.js'
import { say } from './errors.js'
import { count } from './format.js'
import { Screen } from './screen.js'
import { plainTable } from './table.js'

/** Central differences in float64 agree with a right rule to about 1e-9. */
const allowed = 1e-6

export function addGradcheck(program: Command): void {
  program
    .command('gradcheck [what]')
    .description('check gradients against finite differences: of every operation and layer, of one, or of a model')
    .option('--all', 'of a model: by every tensor, however long it takes (default: a sample of a large model)')
    .option('--json', 'one JSON array of {name, worstError, input, index, analytic, numeric, rules}')
    .addHelpText(
      'after',
      '\nExamples:\n  $ ghostgrad gradcheck\n  $ ghostgrad gradcheck conv2d\n  $ ghostgrad gradcheck GhostModule\n  $ ghostgrad gradcheck resnet20',
    )
    .action((what: string | undefined, { all, json }: { all?: boolean; json?: boolean }) => {
      const isModel = listModels().some(({ name }) => name === what)
      const { rows, scope } = isModel ? ofModel(what!, all ? Infinity : sampleSizeOf(what!)) : ofRules(what)
      const wrong = rows.filter(({ worstError }) => !(worstError <= allowed))
      console.log(json ? JSON.stringify(rows) : describe(rows, scope, isModel))
      if (!json && what !== undefined && !isModel) console.log(`\n${rulesOf(rows)}`)
      if (wrong.length === 0) return
      say(
        `${wrong.length} of ${rows.length} gradients are off by more than ${allowed.toExponential()}: ${wrong.map(nameOf).join(', ')}`,
      )
      process.exitCode = 1
    })
}

/** What was compared, and in words how much of what there is. */
interface Checked {
  rows: CheckRow[]
  scope: string
}

function ofRules(what: string | undefined): Checked {
  const rows = runChecks(checksOf(what))
  return { rows, scope: `${count(rows.length, 'check')}, every derivative` }
}

function ofModel(name: string, tensors: number): Checked {
  const screen = new Screen(process.stderr)
  const onProgress = (done: number, of: number) => screen.live(() => `${done} of ${of} tensors checked`)
  const { rows, total } = checkModel(name, { tensors, onProgress })
  screen.clearLive()
  const { images, size, options } = modelCheckInput(name)
  const width = options.width === undefined ? '' : `, width ${options.width}`
  const sampled = rows.length < total
  const by = sampled ? `${rows.length} of ${total} tensors, a random choice (--all: by every one)` : `${total} tensors`
  const on = `${name}${width}, ${count(images, 'image')} of ${size} × ${size}`
  return { rows, scope: `${on}: up to ${derivativesEach} derivatives by each of ${by}` }
}

function checksOf(what: string | undefined) {
  const all = [...opChecks, ...layerChecks]
  if (what === undefined) return all
  const chosen = all.filter(({ subject }) => subject === what)
  if (chosen.length > 0) return chosen
  const subjects = [...new Set(all.map(({ subject }) => subject)), ...listModels().map(({ name }) => name)]
  throw new ConfigError(
    `unknown operation, layer or model "${what}"${didYouMean(what, subjects)} known: ${subjects.join(', ')}`,
  )
}

const nameOf = ({ name, input }: CheckRow): string => `${name} (${input})`

function describe(rows: readonly CheckRow[], scope: string, isModel: boolean): string {
  const table = new Table({
    ...plainTable,
    head: [...(isModel ? [] : ['check']), 'worst in', 'at', 'by backward', 'by differences', 'error', ''],
    colAligns: [...(isModel ? [] : ['left' as const]), 'left', 'left', 'right', 'right', 'right', 'left'],
  })
  for (const { name, input, index, analytic, numeric, worstError } of rows) {
    const derivatives = [analytic, numeric].map((v) => v.toPrecision(6))
    const verdict = worstError <= allowed ? 'ok' : 'WRONG'
    table.push([
      ...(isModel ? [] : [name]),
      input,
      showShape(index),
      ...derivatives,
      worstError.toExponential(1),
      verdict,
    ])
  }
  const worst = rows.reduce((max, { worstError }) => Math.max(max, worstError), 0)
  return `${table}\n\n${scope}, in float64, worst error ${worst.toExponential(1)}, allowed ${allowed.toExponential()}`
}

/** The rules that the checks ran through. */
function rulesOf(rows: readonly CheckRow[]): string {
  const rules = Object.entries(Object.assign({}, ...rows.map((row) => row.rules)) as Record<string, string>)
  const width = Math.max(...rules.map(([op]) => op.length))
  return rules.map(([op, rule]) => `${op.padEnd(width)}  ${rule}`).join('\n')
}
