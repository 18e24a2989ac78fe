/**
 * Convolutions of the models, all three passes: milliseconds and effective GFLOP/s (2 × multiply-adds of the plain loops ÷
 * time). Processor time of the process on one thread, which a busy machine disturbs less; elapsed time on more.
 *
 *   node dist/bench/kernels/conv.js [PATTERN [BATCH [THREADS [VARIANT]]]]
 *
 * PATTERN is a regular expression for names such as `16→32@32 3×3/2` or `64→64@16 3×3 ×64` (groups).
 */
import {
  type ConvShape,
  chooseAlgorithm,
  convForward,
  convInputGrad,
  convWeightGrad,
} from '../../src/tensor/wasm/conv/index.js'
import { lanesFor } from '../../src/tensor/wasm/kernels/lanes.js'
import { hasRelaxedSimd, type Variant, WasmRuntime } from '../../src/tensor/wasm/runtime.js'
import { noise } from './timing.js'

/** Input channels, output channels, height and width, kernel, stride, groups. */
type Layer = [C: number, K: number, size: number, kernel: number, stride: number, groups: number]

const layers: Layer[] = [
  // ResNet-56
  [3, 16, 32, 3, 1, 1],
  [16, 16, 32, 3, 1, 1],
  [16, 32, 32, 3, 2, 1],
  [32, 32, 16, 3, 1, 1],
  [32, 64, 16, 3, 2, 1],
  [64, 64, 8, 3, 1, 1],
  // VGG-16
  [3, 64, 32, 3, 1, 1],
  [64, 64, 32, 3, 1, 1],
  [64, 128, 16, 3, 1, 1],
  [128, 128, 16, 3, 1, 1],
  [128, 256, 8, 3, 1, 1],
  [256, 256, 8, 3, 1, 1],
  [256, 512, 4, 3, 1, 1],
  [512, 512, 4, 3, 1, 1],
  [512, 512, 2, 3, 1, 1],
  [512, 512, 1, 1, 1, 1],
  // their Ghost forms
  [16, 8, 32, 3, 1, 1],
  [32, 16, 16, 3, 1, 1],
  [64, 32, 8, 3, 1, 1],
  [64, 32, 32, 3, 1, 1],
  [512, 256, 2, 3, 1, 1],
  [8, 8, 32, 3, 1, 8],
  [16, 16, 16, 3, 1, 16],
  [32, 32, 8, 3, 1, 32],
  [32, 32, 32, 3, 1, 32],
  [256, 256, 2, 3, 1, 256],
  // GhostNet
  [16, 8, 32, 1, 1, 1],
  [24, 36, 16, 1, 1, 1],
  [40, 60, 8, 1, 1, 1],
  [80, 100, 4, 1, 1, 1],
  [112, 336, 4, 1, 1, 1],
  [160, 480, 2, 1, 1, 1],
  [48, 48, 32, 3, 2, 48],
  [72, 72, 16, 5, 2, 72],
  [60, 60, 8, 5, 1, 60],
]

function shapeOf([C, K, size, kernel, stride, groups]: Layer, batch: number): ConvShape {
  const padding = kernel >> 1
  const out = Math.floor((size + 2 * padding - kernel) / stride) + 1
  return {
    ...{ batch, ...lanesFor(batch), inChannels: C, outChannels: K, groups },
    ...{ height: size, width: size, outHeight: out, outWidth: out, kernelHeight: kernel, kernelWidth: kernel },
    ...{ strideHeight: stride, strideWidth: stride, paddingHeight: padding, paddingWidth: padding },
    ...{ dilationHeight: 1, dilationWidth: 1 },
  }
}

const [pattern = '', batch = '128', threads = '1', variant = hasRelaxedSimd() ? 'relaxed' : 'plain'] =
  process.argv.slice(2)
const rt = new WasmRuntime({ threads: Number(threads), variant: variant as Variant })

function now(): number {
  if (rt.threads > 1) return performance.now()
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Least milliseconds of each, measured in turns for half a second. */
function least(passes: readonly (() => void)[]): number[] {
  const best = passes.map(() => Number.POSITIVE_INFINITY)
  const end = performance.now() + 500
  for (let round = 0; round < 5 || performance.now() < end; round++) {
    passes.forEach((pass, i) => {
      const start = now()
      pass()
      best[i] = Math.min(best[i]!, now() - start)
    })
  }
  return best
}

for (const layer of layers) {
  const [C, K, size, kernel, stride, groups] = layer
  const name = `${C}→${K}@${size} ${kernel}×${kernel}${stride > 1 ? `/${stride}` : ''}${groups > 1 ? ` ×${groups}` : ''}`
  if (!new RegExp(pattern).test(name)) continue
  const s = shapeOf(layer, Number(batch))
  const inputs = C * size * size * s.blocks * s.lanes
  const outputs = K * s.outHeight * s.outWidth * s.blocks * s.lanes
  const weights = (K * C * kernel * kernel) / groups
  const sizes = [inputs, outputs, weights, inputs, outputs, weights]
  const addresses = sizes.map((n) => noise(rt, n))
  const [x, dy, w, dx, y, dw] = addresses as [number, number, number, number, number, number]
  const times = least([
    () => convForward(rt, s, x, w, 0, y),
    () => convInputGrad(rt, s, dy, w, dx),
    () => convWeightGrad(rt, s, x, dy, dw),
  ])
  const flops = (2 * outputs * weights) / K
  const cells = times.map(
    (ms) => `${ms.toFixed(2).padStart(7)} ms ${(flops / ms / 1e6).toFixed(0).padStart(4)} GFLOP/s`,
  )
  console.log(name.padEnd(20), chooseAlgorithm(s, 'forward').padEnd(10), cells.join('  '))
  for (const [i, address] of addresses.entries()) rt.heap.free(address, 4 * sizes[i]!)
}
await rt.close()
