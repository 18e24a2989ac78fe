import type { Command } from 'commander'
import { createBackend } from '../src/defaultBackend.js'
import { setBackend } from '../src/tensor/backend.js'
import { ConfigError } from '../src/tensor/errors.js'
import { benchmarkTraining } from '../src/train/benchmark.js'
import { modelOptions } from '../src/train/build.js'
import { readConfig } from '../src/train/readConfig.js'
import { addSettings, settingsLayer } from './flags.js'

export function addBench(program: Command): void {
  const command = program
    .command('bench')
    .description('training speed of one network on random images: forward, backward and update')
    .option('--seconds <s>', 'how long to measure, after warming up', '5')
    .option('--json', 'one JSON object: {model, batchSize, imagesPerSecond, stepMs, steps, peakMegabytes, backend}')
  addSettings(command, ['model', 's', 'd', 'channels', 'width', 'batchSize', 'threads', 'backend'])
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad bench --model resnet56 --batch-size 128 --threads 2
  $ npm run bench                    several networks, with PyTorch beside them`,
    )
    .action(({ seconds, json }: { seconds: string; json?: boolean }) => {
      const config = readConfig(settingsLayer(command))
      if (!(Number(seconds) > 0)) throw new ConfigError(`--seconds: expected a number above 0, got "${seconds}"`)
      setBackend(createBackend(config.backend, { threads: config.threads }))
      const { model, batchSize } = config
      const result = benchmarkTraining({
        model,
        modelOptions: modelOptions(config),
        batchSize,
        seconds: Number(seconds),
      })
      if (json) console.log(JSON.stringify(result))
      else console.log(describe(result))
    })
}

const describe = ({
  model,
  batchSize,
  imagesPerSecond,
  stepMs,
  steps,
  backend,
}: ReturnType<typeof benchmarkTraining>) =>
  `${model}, batch ${batchSize}, on ${backend}: ${imagesPerSecond.toFixed(1)} images/s ` +
  `(${stepMs.median.toFixed(0)} ms a step, ${stepMs.min.toFixed(0)} to ${stepMs.max.toFixed(0)} over ${steps} steps)`
