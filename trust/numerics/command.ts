import type { Command } from 'commander'
import { loadDataset } from '../../src/data/loadDataset.js'
import { createBackend } from '../../src/defaultBackend.js'
import { setBackend } from '../../src/tensor/backend.js'
import { print, report } from '../print.js'
import { compareCurves } from './curve.js'
import { compareVariants } from './variants.js'

export function addNumerics(program: Command): void {
  program
    .command('numerics')
    .description('a thousand steps beside PyTorch, and all builds and thread counts beside each other')
    .option('--seeds <n>', 'initializations', '2')
    .action(async ({ seeds }: Record<string, string>) => {
      const sample = await loadDataset('cifar10-sample')
      const variants = await compareVariants(sample.train)
      print(
        ['kernels', 'loss differs, 10 steps', '20 steps', 'same bits again'],
        variants.map(({ variant, early, all, repeats }) => [
          variant,
          early.toExponential(1),
          all.toExponential(1),
          repeats ? 'yes' : 'no',
        ]),
      )
      setBackend(createBackend('wasm', {}))
      const { windows, worst } = compareCurves((await loadDataset('cifar10')).train, Number(seeds))
      print(
        ['step', 'PyTorch, mean', 'deviation', 'ghostgrad, mean'],
        windows.map(({ step, mean, deviation, ours }) => [
          String(step),
          ...[mean, deviation, ours].map((v) => v.toFixed(4)),
        ]),
      )
      report([
        ...variants.flatMap(({ variant, early, repeats }) => [
          ...(early < 1e-4 ? [] : [`${variant}: losses differ by ${early} within ten steps`]),
          ...(repeats ? [] : [`${variant}: a second run gave other bits`]),
        ]),
        ...(worst < 3 ? [] : [`the curve is ${worst.toFixed(1)} standard deviations from PyTorch's`]),
      ])
    })
}
