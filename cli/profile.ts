import Table from 'cli-table3'
import type { Command } from 'commander'
import { writeFileAtomic } from '../src/io/atomic.js'
import { getBackend } from '../src/tensor/backend.js'
import { ConfigError } from '../src/tensor/errors.js'
import { type Limits, measureLimits } from '../src/tensor/wasm/limits.js'
import { WasmBackend } from '../src/tensor/wasm/wasmBackend.js'
import { dataKeys } from '../src/train/openData.js'
import { chromeTrace, type Profile, type ProfileBy, profileTraining } from '../src/train/profile.js'
import { readConfig } from '../src/train/readConfig.js'
import { dataProgress } from './dataProgress.js'
import { addSettings, settingsLayer } from './flags.js'
import { percent } from './format.js'
import { suggestNewerNode } from './olderNode.js'
import { Screen } from './screen.js'
import { plainTable } from './table.js'

const kinds: readonly string[] = ['op', 'shape', 'kernel'] satisfies ProfileBy[]

interface Flags {
  steps: string
  by: string
  trace?: string
  json?: boolean
}

export function addProfile(program: Command): void {
  const command = program
    .command('profile')
    .description('where the time of a training step goes, by operation and pass')
    .option('--steps <n>', 'steps to watch, after a few to warm up', '30')
    .option('--by <what>', 'rows: op (kinds of operations), shape (each size of them) or kernel', 'op')
    .option('--trace <file>', 'write every span as a Chrome trace too (chrome://tracing, ui.perfetto.dev)')
    .option('--json', 'one JSON object: {model, stepMs, kernelMs, hostMs, betweenMs, limits, rows, …}')
  addSettings(command, [
    'model',
    's',
    'd',
    'channels',
    'width',
    ...dataKeys,
    'batchSize',
    'augment',
    'threads',
    'backend',
  ])
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad profile --model ghost-resnet56
  $ ghostgrad profile --model vgg16 --by shape --trace vgg16.trace.json`,
    )
    .action(async ({ steps, by, trace, json }: Flags) => {
      const config = readConfig(settingsLayer(command))
      if (!(Number.isInteger(Number(steps)) && Number(steps) >= 1)) {
        throw new ConfigError(`--steps: expected a whole number of at least 1, got "${steps}"`)
      }
      if (!kinds.includes(by)) throw new ConfigError(`--by: expected one of ${kinds.join(', ')}, got "${by}"`)
      suggestNewerNode()
      const profile = await profileTraining(config, Number(steps), by as ProfileBy, {
        onProgress: dataProgress(new Screen(process.stderr)),
      })
      const backend = getBackend()
      const limits = backend instanceof WasmBackend ? measureLimits(backend.runtime) : null
      if (trace) writeFileAtomic(trace, chromeTrace(profile))
      const { spans: _, ...summary } = profile
      console.log(json ? JSON.stringify({ ...summary, limits }) : describe(profile, limits))
    })
}

function describe(profile: Profile, limits: Limits | null): string {
  const { model, batchSize, backend, stepMs, imagesPerSecond, kernelMs, hostMs, betweenMs, steps } = profile
  const head = ['', 'pass', 'calls', 'ms', 'share', 'GFLOP/s', 'GB/s']
  const table = new Table({
    ...plainTable,
    head,
    colAligns: ['left', 'left', ...head.slice(2).map(() => 'right' as const)],
  })
  for (const row of profile.rows) {
    const [gflops, gbytes] = [row.gflops, row.gbytes].map((n) => (n === 0 ? '' : n.toFixed(1)))
    table.push([
      row.name,
      row.pass,
      String(Math.round(row.calls)),
      row.ms.toFixed(2),
      percent(row.share),
      gflops,
      gbytes,
    ])
  }
  const share = (ms: number): string => `${ms.toFixed(2)} ms, ${percent(ms / stepMs, 2)}`
  const between = `between steps (data, logs; evaluation where an epoch ends) ${share(betweenMs)}`
  const lines = [
    `${model}, batch ${batchSize}, ${backend}: ${stepMs.toFixed(1)} ms a step, ${imagesPerSecond.toFixed(1)} images/s (${steps} steps)`,
    '',
    String(table),
    '',
    kernelMs > 0
      ? `in kernels ${share(kernelMs)}; between kernels of a step ${share(hostMs)}; ${between}`
      : `in steps ${share(hostMs)}; ${between}`,
  ]
  if (limits) {
    lines.push(
      `limits of this machine with these threads: ${limits.gflops.toFixed(0)} GFLOP/s of multiply-adds, ` +
        `${limits.gbytes.toFixed(0)} GB/s of memory (products saved by Winograd count, so a convolution may pass the first)`,
    )
  }
  return lines.join('\n')
}
