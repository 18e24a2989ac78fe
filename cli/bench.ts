import { type Command, Option } from 'commander'
import { createBackend } from '../src/defaultBackend.js'
import { setBackend } from '../src/tensor/backend.js'
import { ConfigError } from '../src/tensor/errors.js'
import { type BenchmarkResult, type BenchmarkTask, benchmark, benchmarkTasks } from '../src/train/benchmark.js'
import { modelOptions } from '../src/train/build.js'
import { openOwnModel } from '../src/train/ownModel.js'
import { readConfig } from '../src/train/readConfig.js'
import { addSettings, settingsLayer } from './flags.js'
import { suggestNewerNode } from './olderNode.js'

export function addBench(program: Command): void {
  const command = program
    .command('bench')
    .description('speed of one network on random images, in training (forward, backward and update) or inference')
    .addOption(new Option('--task <name>', 'what to time').choices(benchmarkTasks).default('training'))
    .option('--seconds <s>', 'how long to measure, after warming up', '5')
    .option(
      '--json',
      'one JSON object: {task, model, batchSize, imagesPerSecond, stepMs, steps, peakMegabytes, backend}',
    )
  addSettings(command, ['model', 's', 'd', 'channels', 'width', 'batchSize', 'threads', 'backend'])
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad bench --model resnet56 --batch-size 128 --threads 2
  $ ghostgrad bench --model ghost-resnet56 --task inference --batch-size 1
  $ npm run bench                    several networks, with PyTorch beside them`,
    )
    .action(({ task, seconds, json }: { task: BenchmarkTask; seconds: string; json?: boolean }) => {
      const config = readConfig(settingsLayer(command))
      if (!(Number(seconds) > 0)) throw new ConfigError(`--seconds: expected a number above 0, got "${seconds}"`)
      suggestNewerNode()
      setBackend(createBackend(config.backend, { threads: config.threads }))
      const { model, batchSize } = config
      openOwnModel(model, true)
      const result = benchmark({
        task,
        model,
        modelOptions: modelOptions(config),
        batchSize,
        seconds: Number(seconds),
      })
      if (json) console.log(JSON.stringify(result))
      else console.log(describe(result))
    })
}

const describe = ({ task, model, batchSize, imagesPerSecond, stepMs, steps, backend }: BenchmarkResult) =>
  `${model}, ${task}, batch ${batchSize}, on ${backend}: ${imagesPerSecond.toFixed(1)} images/s ` +
  `(${stepMs.median.toFixed(0)} ms a batch, ${stepMs.min.toFixed(0)} to ${stepMs.max.toFixed(0)} over ${steps})`
