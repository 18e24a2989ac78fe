/**
 * Benchmarks, with other frameworks in the same run where they are installed: the PyTorch of any Python (`--python`, by default /usr/bin/python3); TensorFlow.js,
 * jax-js and onnxruntime-web by `npm ci --prefix bench/peers`.
 *
 *   npm run bench                       training of five models
 *   npm run bench -- models vgg16 --batch-sizes 64,128 --threads 1,2 --tasks training,inference --svg chart.svg
 *   npm run bench -- models --python ~/torch/bin/python --frameworks ghostgrad,PyTorch
 *   npm run bench -- micro              every kernel on its shapes: GFLOP/s, GB/s, share of the machine's limit
 *   npm run bench -- evaluation         forward passes with batch norm apart and folded into convolutions
 *   npm run bench -- scaling            how time and memory grow with batch, depth and threads
 *
 * Each takes --json FILE.
 */
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { Command } from 'commander'
import { printTable as print } from '../cli/table.js'
import { type BenchmarkTask, benchmarkTasks } from '../src/train/benchmark.js'
import { chart } from './chart.js'
import { type EvaluationRow, measureEvaluation } from './evaluation.js'
import { measureKernels } from './micro.js'
import { type ModelRow, measureModel } from './models.js'
import { footnotes, modelsTable, speeds } from './modelsReport.js'
import { type Framework, frameworksFor } from './peers.js'
import { measureScaling } from './scaling.js'

const defaultModels = ['vgg16', 'ghost-vgg16', 'resnet56', 'ghost-resnet56', 'ghostnet']
const systemPython = '/usr/bin/python3'
const allThreads = String(availableParallelism())

const save = (file: string | undefined, content: string): void => {
  if (file) writeFileSync(file, content)
}

function toTask(name: string): BenchmarkTask {
  const task = benchmarkTasks.find((known) => known === name)
  return task ?? program.error(`--tasks: "${name}" is not one of ${benchmarkTasks.join(', ')}`)
}

/** The version from which on kernels are as fast as they get; a column of an older one would be of another program. */
function requireWideEngine(): void {
  if (Number.parseInt(process.versions.node, 10) >= 24) return
  program.error(`models: this is Node.js ${process.version}; measure with 24 or later, which "npm ci" brings along`)
}

function wantedFrameworks({ frameworks, python }: Pick<ModelFlags, 'frameworks' | 'python'>): Framework[] {
  const all = frameworksFor(python.length > 0 ? python : [systemPython])
  const names = all.map(({ name }) => name)
  const repeated = names.find((name, i) => names.indexOf(name) < i)
  if (repeated) program.error(`--python: more than one has ${repeated}; give one Python of each version`)
  const families = [...new Set(all.map(({ family }) => family))]
  const asked = (frameworks?.split(',') ?? families).map((asked) => {
    const family = families.find((known) => known.toLowerCase() === asked.toLowerCase())
    return family ?? program.error(`--frameworks: "${asked}" is not one of ${families.join(', ')}`)
  })
  return all.filter(({ family }) => asked.includes(family))
}

interface ModelFlags {
  tasks: string
  frameworks?: string
  python: string[]
  batchSizes: string
  threads: string
  seconds: string
  rounds: string
  json?: string
  svg?: string
}

const program = new Command('bench')
program
  .command('models', { isDefault: true })
  .argument('[models...]')
  .option('--tasks <name,name>', 'training, inference', 'training')
  .option('--batch-sizes <n,n>', 'images a step', '128')
  .option('--threads <n,n>', 'threads of each framework', allThreads)
  .option(
    '--frameworks <name,name>',
    'which of ghostgrad, PyTorch, TensorFlow.js, jax-js, onnxruntime-web (default: all)',
  )
  .option(
    '--python <file>',
    `a Python whose PyTorch takes part; more than one by repeating it (default: ${systemPython})`,
    (file: string, before: string[]) => before.concat(file),
    [],
  )
  .option('--seconds <s>', 'how long each measurement takes', '4')
  .option('--rounds <n>', 'measurements of each, taken in turns', '3')
  .option('--json <file>', 'write the rows as JSON')
  .option('--svg <file>', 'write a bar chart')
  .action((models: string[], flags: ModelFlags) => {
    requireWideEngine()
    const wanted = wantedFrameworks(flags)
    const present = wanted.filter(({ missing }) => missing() === null)
    const rows: ModelRow[] = []
    for (const task of flags.tasks.split(',').map(toTask)) {
      for (const model of models.length > 0 ? models : defaultModels) {
        for (const batchSize of flags.batchSizes.split(',').map(Number)) {
          for (const threads of flags.threads.split(',').map(Number)) {
            const setting = { task, model, batchSize, threads, seconds: Number(flags.seconds) }
            console.error(`${task}, ${model}, batch ${batchSize}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`)
            const row = measureModel(setting, Number(flags.rounds), present)
            console.error(`  ${speeds(row)}`)
            rows.push(row)
            save(flags.json, JSON.stringify(rows, null, 1))
          }
        }
      }
    }
    const [head, ...lines] = modelsTable(rows, present)
    print(head!, lines)
    const absent = wanted.filter((framework) => !present.includes(framework))
    for (const line of footnotes(rows, absent)) console.log(line)
    save(flags.svg, chart(rows, `${flags.tasks} on the CPU: images a second`))
  })

program
  .command('micro')
  .argument('[pattern]', 'regular expression for the names of kernels', '.')
  .option('--batch-size <n>', 'images', '128')
  .option('--json <file>', 'write the rows as JSON')
  .action(async (pattern: string, { batchSize, json }: { batchSize: string; json?: string }) => {
    const { limits, rows } = await measureKernels(Number(batchSize), new RegExp(pattern))
    print(
      ['kernel', 'threads', 'ms', 'rate', 'share of limit'],
      rows.map(({ name, threads, ms, rate, unit, share }) => [
        ...[name, String(threads), ms.toFixed(3), `${rate.toFixed(1)} ${unit}`, `${(100 * share).toFixed(0)} %`],
      ]),
    )
    for (const { variant, gflops, gbytes } of limits)
      console.log(`limit of ${variant} kernels: ${gflops.toFixed(0)} GFLOP/s, ${gbytes.toFixed(0)} GB/s`)
    save(json, JSON.stringify({ limits, rows }, null, 1))
  })

program
  .command('evaluation')
  .argument('[models...]')
  .option('--batch-sizes <n,n>', 'images of a forward pass', '200,1')
  .option('--seconds <s>', 'how long each measurement takes', '8')
  .option('--json <file>', 'write the rows as JSON')
  .action(
    async (models: string[], { batchSizes, seconds, json }: Pick<ModelFlags, 'batchSizes' | 'seconds' | 'json'>) => {
      const rows: EvaluationRow[] = []
      for (const model of models.length > 0 ? models : defaultModels) {
        for (const size of batchSizes.split(','))
          rows.push(await measureEvaluation(model, Number(size), Number(seconds)))
      }
      print(
        [
          'evaluation, 1 thread',
          'batch',
          'ms apart',
          'ms folded',
          'images/s folded',
          'ratio',
          'kernels apart',
          'folded',
        ],
        rows.map(({ model, batchSize, apart, folded }) => [
          ...[model, String(batchSize), apart.ms.toFixed(1), folded.ms.toFixed(1)],
          ...[((1000 * batchSize) / folded.ms).toFixed(0), (apart.ms / folded.ms).toFixed(2)],
          ...[String(apart.kernels), String(folded.kernels)],
        ]),
      )
      save(json, JSON.stringify(rows, null, 1))
    },
  )

program
  .command('scaling')
  .option('--threads <n>', 'most threads', allThreads)
  .option('--seconds <s>', 'how long each measurement takes', '3')
  .option('--json <file>', 'write the rows as JSON')
  .action(({ threads, seconds, json }: { threads: string; seconds: string; json?: string }) => {
    const rows = measureScaling(Number(seconds), Number(threads))
    print(
      ['what grows', 'model', 'batch', 'threads', 'ms a step', 'peak MB'],
      rows.map(({ axis, value, model, batchSize, threads: count, stepMs, peakMegabytes }) => [
        ...[`${axis} ${value}`, model, String(batchSize), String(count), stepMs.toFixed(1), peakMegabytes.toFixed(0)],
      ]),
    )
    save(json, JSON.stringify(rows, null, 1))
  })

await program.parseAsync()
