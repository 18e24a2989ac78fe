import { type Command, Option } from 'commander'
import type { Explanation } from '../src/explain/explanation.js'
import { toDot } from '../src/explain/formats/dot.js'
import { toHtml } from '../src/explain/formats/html.js'
import { toSvg } from '../src/explain/formats/svg.js'
import { writeFileAtomic } from '../src/io/atomic.js'
import { ConfigError } from '../src/tensor/errors.js'
import { explainFrames, walk } from './explainStep.js'
import { explainExpression, explainModel, isModel, readSubject } from './explainSubject.js'
import { explainTable } from './explainTable.js'
import { addSettings } from './flags.js'
import { Screen } from './screen.js'

/** How an explanation is written down; `depth` is that of the modules that are drawn as one. */
const formats: Record<string, (explanation: Explanation, depth: number) => string> = {
  table: explainTable,
  dot: toDot,
  svg: toSvg,
  html: toHtml,
  json: (explanation) => JSON.stringify(explanation),
}

interface Flags {
  format: string
  out?: string
  step?: boolean
  module?: string
  depth?: string
  weights?: string
  json?: boolean
}

export function addExplain(program: Command): void {
  const command = program
    .command('explain <what...>')
    .usage('<expression | model> [options] [--VARIABLE VALUE]…')
    .description('a recorded graph, operation by operation: numbers, rules, gradients, beside finite differences')
    .allowUnknownOption()
    .addOption(new Option('--format <format>', 'how to show it').choices(Object.keys(formats)).default('table'))
    .option('--out <file>', 'write it to a file')
    .option('--step', 'walk through it: n or Enter for the next operation, b back, q quit (or such words on stdin)')
    .option('--module <path>', 'only what runs in this module of a model, such as layer1.0')
    .option(
      '--depth <n>',
      'one row or box for a module whose path has n parts; 0: only operations (default: 2 for a whole model)',
    )
    .option('--weights <path>', "a model's weights: a run's folder, or a safetensors file (default: random ones)")
    .option('--json', 'short for --format json')
  addSettings(command, ['s', 'd', 'ghostFirst', 'width', 'backend', 'threads'])
  command
    .addHelpText(
      'after',
      `
A model is shown its loss on a real image, in training mode. An expression is of numbers, lists, variables, + - * / @ and the
functions of the library: relu(x), x.sum(1), conv2d(x, w, padding=1). A variable without a value is 1.

Examples:
  $ ghostgrad explain "relu(x*w+b).sum()" --x 2 --w "[[1,2],[3,4]]" --b -5
  $ ghostgrad explain "softmax(x).log().mean()" --x "[1,2,3]" --step
  $ ghostgrad explain ghost-resnet20
  $ ghostgrad explain ghostnet --module blocks.1.0 --format html --out bottleneck.html`,
    )
    .action(async (words: string[], flags: Flags) => {
      const depth = depthOf(flags)
      const explanation = await subjectOf(words, flags, command)
      if (flags.step) return walk(explainFrames(explanation))
      const text = formats[flags.json ? 'json' : flags.format]!(explanation, depth)
      if (flags.out === undefined) console.log(text)
      else writeFileAtomic(flags.out, text)
    })
}

function subjectOf(words: string[], flags: Flags, command: Command): Explanation | Promise<Explanation> {
  const subject = readSubject(words)
  const screen = new Screen(process.stderr)
  const options = {
    ...(flags.module === undefined ? {} : { module: flags.module }),
    onProgress: (done: number, total: number) => {
      if (done < total) screen.live(() => `${done} of ${total} operations checked`)
      else screen.clearLive()
    },
  }
  if (!isModel(subject)) return explainExpression(subject, command, options)
  // A whole model has hundreds of operations: the largest gradient of each input is enough.
  return explainModel(
    subject,
    flags.weights,
    command,
    flags.module === undefined ? { ...options, samples: 1 } : options,
  )
}

/** Whole models are folded; where there are no modules, there is nothing to fold. */
function depthOf({ depth, module }: Flags): number {
  if (depth === undefined) return module === undefined ? 2 : 0
  if (/^\d+$/.test(depth)) return Number(depth)
  throw new ConfigError(`--depth: expected a whole number, got "${depth}"`)
}
