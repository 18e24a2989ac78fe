import { noGrad } from '../../src/autograd/gradMode.js'
import { ReLU } from '../../src/nn/activation.js'
import { BatchNorm2d } from '../../src/nn/batchNorm.js'
import { Conv2d } from '../../src/nn/conv2d.js'
import { GhostModule } from '../../src/nn/ghostModule.js'
import type { Module } from '../../src/nn/module.js'
import { Sequential } from '../../src/nn/sequential.js'
import { summarize } from '../../src/nn/summary.js'
import { randn } from '../../src/tensor/create.js'
import { Generator } from '../../src/tensor/random.js'
import { scope } from '../../src/tensor/tensor.js'

export interface CostValues {
  rows: { name: string; macs: number; ms: number }[]
}

const images = 16

/** A convolution with batch norm and relu, and Ghost modules in its place: products as they are counted, and the time that they take. */
export function computeCost({
  channels,
  kernel,
  size,
}: {
  channels: number
  kernel: number
  size: number
}): CostValues {
  const generator = new Generator(0)
  const x = randn([images, channels, size, size], { generator })
  const padding = (kernel - 1) / 2
  const ordinary = new Sequential(
    new Conv2d(channels, channels, kernel, { padding, bias: false, generator }),
    new BatchNorm2d(channels),
    new ReLU(),
  )
  const modules: Record<string, Module> = { 'an ordinary convolution': ordinary }
  for (const ratio of [2, 4]) {
    modules[`a Ghost module, s ${ratio}`] = new GhostModule(channels, channels, { kernel, ratio, generator })
  }
  return {
    rows: Object.entries(modules).map(([name, module]) => ({
      name,
      macs: images * summarize(module, [channels, size, size]).macs,
      ms: time(() => scope(() => noGrad(() => void module.call(x)))),
    })),
  }
}

/** The shortest of some runs, in milliseconds. */
function time(run: () => void): number {
  run()
  const times = Array.from({ length: 12 }, () => {
    const start = performance.now()
    run()
    return performance.now() - start
  })
  return Math.min(...times)
}
