import { availableParallelism } from 'node:os'
import { type ConvShape, convForward, convInputGrad, convWeightGrad } from '../src/tensor/wasm/conv/index.js'
import * as layout from '../src/tensor/wasm/copies.js'
import { lanesFor } from '../src/tensor/wasm/lanes.js'
import { type Limits, measureLimits } from '../src/tensor/wasm/limits.js'
import * as norm from '../src/tensor/wasm/ops/norm.js'
import * as pool from '../src/tensor/wasm/ops/pool.js'
import { slidingWindows } from '../src/tensor/wasm/ops/poolWindow.js'
import { type Variant, WasmRuntime } from '../src/tensor/wasm/runtime.js'
import { median } from './measure.js'

/** One kernel on one shape. */
export interface KernelRow {
  name: string
  threads: number
  ms: number
  /** 10⁹ operations a second, as the plain loops would do them, for convolutions; else 10⁹ bytes a second. */
  rate: number
  unit: 'GFLOP/s' | 'GB/s'
  /** Of the machine's limit with these threads; a Winograd convolution saves products and may pass 1. */
  share: number
}

/** What the machine reaches, and the build of the kernels that measured it. */
interface KernelLimits extends Limits {
  variant: Variant
}

interface Work {
  name: string
  flops?: number
  /** Bytes read and written, each array once. */
  bytes?: number
  run: () => void
}

/** Input channels, output channels, height and width, kernel, stride, groups. */
type Layer = [C: number, K: number, size: number, kernel: number, stride: number, groups: number]

const layers: Layer[] = [
  // ResNet-56 and Ghost-ResNet-56
  [3, 16, 32, 3, 1, 1],
  [16, 16, 32, 3, 1, 1],
  [16, 8, 32, 3, 1, 1],
  [16, 32, 32, 3, 2, 1],
  [32, 32, 16, 3, 1, 1],
  [32, 16, 16, 3, 1, 1],
  [64, 64, 8, 3, 1, 1],
  [64, 32, 8, 3, 1, 1],
  [8, 8, 32, 3, 1, 8],
  [16, 16, 16, 3, 1, 16],
  // VGG-16 and Ghost-VGG-16
  [3, 64, 32, 3, 1, 1],
  [64, 64, 32, 3, 1, 1],
  [128, 128, 16, 3, 1, 1],
  [256, 256, 8, 3, 1, 1],
  [256, 128, 8, 3, 1, 1],
  [512, 512, 4, 3, 1, 1],
  [512, 512, 2, 3, 1, 1],
  [32, 32, 32, 3, 1, 32],
  // GhostNet
  [16, 8, 32, 1, 1, 1],
  [24, 36, 16, 1, 1, 1],
  [112, 336, 4, 1, 1, 1],
  [160, 480, 2, 1, 1, 1],
  [72, 72, 16, 5, 2, 72],
]

function shapeOf([C, K, size, kernel, stride, groups]: Layer, batch: number, vectorLanes: number): ConvShape {
  const padding = kernel >> 1
  const out = Math.floor((size + 2 * padding - kernel) / stride) + 1
  return {
    ...{ batch, ...lanesFor(batch, vectorLanes), inChannels: C, outChannels: K, groups },
    ...{ height: size, width: size, outHeight: out, outWidth: out, kernelHeight: kernel, kernelWidth: kernel },
    ...{ strideHeight: stride, strideWidth: stride, paddingHeight: padding, paddingWidth: padding },
    ...{ dilationHeight: 1, dilationWidth: 1 },
  }
}

/** Hands out arrays of random floats from −1 to 1. */
type Noise = (n: number) => number

function convolution(rt: WasmRuntime, layer: Layer, batch: number, noise: Noise): Work[] {
  const [C, K, size, kernel, stride, groups] = layer
  const s = shapeOf(layer, batch, rt.lanes)
  const inputs = C * size * size * batch
  const outputs = K * s.outHeight * s.outWidth * batch
  const weights = (K * C * kernel * kernel) / groups
  const [x, dx, y, dy, w, dw] = [inputs, inputs, outputs, outputs, weights, weights].map(noise) as [
    ...[number, number, number, number, number, number],
  ]
  const name = `conv ${kernel}×${kernel}${stride > 1 ? `/${stride}` : ''}${groups > 1 ? ' depthwise' : ''} ${C}→${K}@${size}`
  const flops = (2 * outputs * weights) / K
  return [
    { name: `${name} forward`, flops, run: () => convForward(rt, s, x, w, y) },
    { name: `${name} input gradient`, flops, run: () => convInputGrad(rt, s, dy, w, dx) },
    { name: `${name} weight gradient`, flops, run: () => convWeightGrad(rt, s, x, dy, dw) },
  ]
}

/** Kernels that memory limits, on the activation of a large layer. */
function memoryBound(rt: WasmRuntime, batch: number, noise: Noise): Work[] {
  const [C, side] = [16, 32]
  const n = C * side * side * batch
  const { blocks, lanes } = lanesFor(batch, rt.lanes)
  const [x, y, dy, dx] = [n, n, n, n].map(noise) as [number, number, number, number]
  const [weight, bias, mean, rstd, dweight, dbias] = Array.from({ length: 6 }, () => noise(C)) as [
    ...[number, number, number, number, number, number],
  ]
  const channels = { C, P: blocks * side * side, N: lanes, Np: lanes }
  const planes = { C: C * blocks, P: side * side, N: lanes, Np: lanes }
  const windows = slidingWindows(side, { kernel: 2 })
  const windowed = { C: planes.C, Np: lanes, rows: windows, columns: windows }
  const index = rt.heap.allocate(n)
  const affine = { weight, bias, mean, rstd, relu: true }
  const works: [name: string, bytesPerValue: number, run: () => void][] = [
    ['copy', 8, () => layout.copy(rt, y, x, n)],
    ['relu', 8, () => rt.run('relu', { y, x, n })],
    ['add', 12, () => rt.run('add', { y, p: x, q: dy, n })],
    ['add + relu', 12, () => rt.run('addRelu', { y, p: x, q: dy, n })],
    ['sigmoid', 8, () => rt.run('sigmoid', { y, x, n })],
    ['batch norm + relu forward', 8, () => norm.bnTrainForward(rt, channels, { ...affine, x, y, eps: 1e-5 })],
    [
      'batch norm + relu backward',
      12,
      () => norm.bnBackward(rt, channels, { ...affine, training: true, x, dy, dx, dweight, dbias }),
    ],
    ['max pool 2×2 forward', 5.25, () => pool.maxPool(rt, y, index, x, windowed)],
    ['max pool 2×2 backward', 5.25, () => pool.maxPoolBackward(rt, dx, y, index, windowed)],
    ['global average pool', 4, () => pool.globalAveragePool(rt, y, x, planes)],
    ['rows to lanes', 8, () => layout.toLanes(rt, y, x, { N: batch, C, P: side * side })],
    ['lanes to rows', 8, () => layout.fromLanes(rt, y, x, { N: batch, C, P: side * side })],
  ]
  return works.map(([name, per, run]) => ({ name: `${name} ${C}@${side}`, bytes: per * n, run }))
}

/** Every kernel on each of its shapes, with one thread and with all; those of a shape take turns. */
export async function measureKernels(
  batch: number,
  pattern: RegExp,
): Promise<{ limits: KernelLimits[]; rows: KernelRow[] }> {
  const rows: KernelRow[] = []
  const limits: KernelLimits[] = []
  for (const threads of new Set([1, availableParallelism()])) {
    const rt = new WasmRuntime({ threads })
    const limit = measureLimits(rt)
    limits.push({ variant: rt.variant, ...limit })
    const groups = [
      (noise: Noise) => memoryBound(rt, batch, noise),
      ...layers.map((layer) => (noise: Noise) => convolution(rt, layer, batch, noise)),
    ]
    for (const group of groups) {
      const blocks: [address: number, bytes: number][] = []
      const works = group((n) => noise(rt, n, blocks)).filter(({ name }) => pattern.test(name))
      for (const [i, times] of inTurns(works.map(({ run }) => run)).entries()) {
        const { name, flops, bytes } = works[i]!
        const ms = median(times)
        const rate = (flops ?? bytes ?? 0) / ms / 1e6
        const share = rate / (flops ? limit.gflops : limit.gbytes)
        rows.push({ name, threads, ms, rate, unit: flops ? 'GFLOP/s' : 'GB/s', share })
      }
      for (const [address, bytes] of blocks) rt.heap.free(address, bytes)
    }
    await rt.close()
  }
  return { limits, rows }
}

function noise(rt: WasmRuntime, n: number, blocks: [number, number][]): number {
  const address = rt.heap.allocate(4 * n)
  blocks.push([address, 4 * n])
  let state = n >>> 0
  for (let i = 0; i < n; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    rt.f32[address / 4 + i] = state / 2 ** 31 - 1
  }
  return address
}

/** Milliseconds of each, in turns for a third of a second after warming up. */
function inTurns(runs: readonly (() => void)[]): number[][] {
  const times = runs.map((): number[] => [])
  for (let round = -3, end = Number.POSITIVE_INFINITY; round < 5 || performance.now() < end; round++) {
    if (round === 0) end = performance.now() + 330
    runs.forEach((run, i) => {
      const start = performance.now()
      run()
      if (round >= 0) times[i]!.push(performance.now() - start)
    })
  }
  return times
}
