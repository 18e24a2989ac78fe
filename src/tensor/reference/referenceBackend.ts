import type {
  AdamWStep,
  AllReduce,
  AvgPoolSpec,
  Backend,
  BatchNormConstants,
  BatchNormEpilogue,
  BatchNormSaved,
  BinaryName,
  ConvSpec,
  ParameterUpdate,
  PoolSpec,
  SgdStep,
} from '../backend.js'
import type { ActivationName, UnaryName } from '../elementwise.js'
import { GhostgradError } from '../errors.js'
import type { FloatArray, NdArray } from '../ndarray.js'
import { convOutputShape, poolOutputShape, type Shape, sizeOf } from '../shape.js'
import { syncStatistics } from '../syncStatistics.js'
import * as norm from './batchNorm.js'
import * as conv from './conv2d.js'
import * as elementwise from './elementwise.js'
import { HostArray, map } from './hostArray.js'
import { matmul } from './matmul.js'
import * as optimize from './optimize.js'
import * as pool from './pool.js'
import * as reduce from './reduce.js'
import * as shapeOps from './shapeOps.js'
import * as softmax from './softmax.js'

/**
 * The readable backend: plain loops over typed arrays, one thread, row-major. It is the lesson, and the oracle of the fast
 * one. In float64 it makes gradient checks exact to about 1e-9.
 */
export class ReferenceBackend implements Backend {
  readonly name = 'js'
  readonly description: string

  constructor(readonly dtype: 'float32' | 'float64' = 'float32') {
    this.description = `js ${dtype}`
  }

  fromValues(values: ArrayLike<number>, shape: Shape): HostArray {
    return new HostArray(shape, this.#typed(values), this)
  }

  full(shape: Shape, value: number): HostArray {
    return new HostArray(shape, this.#typed(sizeOf(shape)).fill(value), this)
  }

  copy(x: NdArray): HostArray {
    return new HostArray(x.shape, own(x).values.slice(), this)
  }

  read(x: NdArray): FloatArray {
    return own(x).values.slice()
  }

  write(x: NdArray, values: ArrayLike<number>): void {
    own(x).values.set(values)
  }

  unary(name: UnaryName, x: NdArray): NdArray {
    return elementwise.unary(name, own(x))
  }

  activationGrad(name: ActivationName, dy: NdArray, saved: NdArray): NdArray {
    return elementwise.activationGrad(name, own(dy), own(saved))
  }

  binary(name: BinaryName, a: NdArray, b: NdArray): NdArray {
    return elementwise.binary(name, own(a), own(b))
  }

  affine(x: NdArray, scale: number, shift: number): NdArray {
    return map(own(x), (v) => scale * v + shift)
  }

  pow(x: NdArray, exponent: number): NdArray {
    return map(own(x), (v) => v ** exponent)
  }

  addRelu(a: NdArray, b: NdArray): NdArray {
    return this.unary('relu', this.binary('add', a, b))
  }

  accumulate(into: NdArray, x: NdArray): void {
    const { values } = own(into)
    own(x).values.forEach((v, i) => {
      values[i]! += v
    })
  }

  sum(x: NdArray, axes: readonly number[], keepDims: boolean): NdArray {
    return reduce.sum(own(x), axes, keepDims)
  }

  max(x: NdArray, axes: readonly number[], keepDims: boolean): NdArray {
    return reduce.max(own(x), axes, keepDims)
  }

  maxGrad(dy: NdArray, x: NdArray, axes: readonly number[]): NdArray {
    return reduce.maxGrad(own(dy), own(x), axes)
  }

  reshape(x: NdArray, shape: Shape): NdArray {
    return shapeOps.reshape(own(x), shape)
  }

  permute(x: NdArray, axes: readonly number[]): NdArray {
    return shapeOps.permute(own(x), axes)
  }

  broadcastTo(x: NdArray, shape: Shape): NdArray {
    return shapeOps.broadcastTo(own(x), shape)
  }

  concat(xs: readonly NdArray[], axis: number): NdArray {
    return shapeOps.concat(xs.map(own), axis)
  }

  adjoining(): null {
    return null
  }

  slice(x: NdArray, starts: readonly number[], sizes: Shape, steps: readonly number[]): NdArray {
    return shapeOps.slice(own(x), starts, sizes, steps)
  }

  embed(x: NdArray, shape: Shape, starts: readonly number[], steps: readonly number[], fill: number): NdArray {
    return shapeOps.embed(own(x), shape, starts, steps, fill)
  }

  matmul(a: NdArray, b: NdArray, transposeA: boolean, transposeB: boolean): NdArray {
    return matmul(own(a), own(b), transposeA, transposeB)
  }

  conv2d(x: NdArray, weight: NdArray, bias: NdArray | null, spec: ConvSpec): NdArray {
    const shape = convOutputShape(x.shape, weight.shape, spec)
    return conv.conv2d(own(x), own(weight), bias && own(bias), spec, shape)
  }

  conv2dInputGrad(dy: NdArray, weight: NdArray, spec: ConvSpec, xShape: Shape): NdArray {
    return conv.conv2dInputGrad(own(dy), own(weight), spec, xShape)
  }

  conv2dWeightGrad(x: NdArray, dy: NdArray, spec: ConvSpec, weightShape: Shape): NdArray {
    return conv.conv2dWeightGrad(own(x), own(dy), spec, weightShape)
  }

  conv2dBatchNorm(
    x: NdArray,
    weight: NdArray,
    bias: NdArray | null,
    spec: ConvSpec,
    norm: BatchNormConstants,
    epilogue: BatchNormEpilogue,
  ): NdArray {
    const sums = this.conv2d(x, weight, bias, spec)
    return this.batchNormEval(sums, norm.weight, norm.bias, norm.mean, norm.variance, norm.eps, epilogue).y
  }

  batchNormTrain(
    x: NdArray,
    weight: NdArray | null,
    bias: NdArray | null,
    running: { mean: NdArray; variance: NdArray; momentum: number } | null,
    eps: number,
    epilogue: BatchNormEpilogue,
    sync: AllReduce | null = null,
  ): { y: NdArray; mean: NdArray; rstd: NdArray } {
    const statistics = norm.channelStatistics(own(x))
    if (sync) statistics.count = syncStatistics(statistics.mean, statistics.variance, statistics.count, sync)
    const mean = this.fromValues(statistics.mean, [x.shape[1]!])
    const rstd = this.fromValues(
      statistics.variance.map((v) => 1 / Math.sqrt(v + eps)),
      [x.shape[1]!],
    )
    if (running) {
      const unbiased = statistics.variance.map((v) => (v * statistics.count) / (statistics.count - 1))
      this.lerp(running.mean, this.fromValues(statistics.mean, mean.shape), running.momentum)
      this.lerp(running.variance, this.fromValues(unbiased, mean.shape), running.momentum)
    }
    const y = norm.normalize(own(x), mean, rstd, weight && own(weight), bias && own(bias), epilogue)
    return { y, mean, rstd }
  }

  batchNormEval(
    x: NdArray,
    weight: NdArray | null,
    bias: NdArray | null,
    mean: NdArray,
    variance: NdArray,
    eps: number,
    epilogue: BatchNormEpilogue,
  ): { y: NdArray; mean: NdArray; rstd: NdArray } {
    const rstd = map(own(variance), (v) => 1 / Math.sqrt(v + eps))
    const y = norm.normalize(own(x), own(mean), rstd, weight && own(weight), bias && own(bias), epilogue)
    return { y, mean: this.copy(mean), rstd }
  }

  batchNormGrad(
    dy: NdArray,
    saved: BatchNormSaved,
    training: boolean,
    relu: boolean,
    hasResidual: boolean,
    _mayOverwrite?: boolean,
    sync: AllReduce | null = null,
  ) {
    return norm.batchNormGrad(own(dy), saved, training, relu, hasResidual, sync)
  }

  maxPool2d(x: NdArray, spec: PoolSpec): { y: NdArray; index: NdArray } {
    return pool.maxPool2d(own(x), spec, poolOutputShape(x.shape, spec))
  }

  maxPool2dGrad(dy: NdArray, index: NdArray, xShape: Shape): NdArray {
    return pool.maxPool2dGrad(own(dy), own(index), xShape)
  }

  avgPool2d(x: NdArray, spec: AvgPoolSpec): NdArray {
    return pool.avgPool2d(own(x), spec, poolOutputShape(x.shape, spec))
  }

  avgPool2dGrad(dy: NdArray, xShape: Shape, spec: AvgPoolSpec): NdArray {
    return pool.avgPool2dGrad(own(dy), xShape, spec)
  }

  adaptiveAvgPool2d(x: NdArray, outSize: readonly [number, number]): NdArray {
    return pool.adaptiveAvgPool2d(own(x), outSize)
  }

  adaptiveAvgPool2dGrad(dy: NdArray, xShape: Shape): NdArray {
    return pool.adaptiveAvgPool2dGrad(own(dy), xShape)
  }

  softmax(x: NdArray, axis: number): NdArray {
    return softmax.softmax(own(x), axis)
  }

  softmaxGrad(dy: NdArray, y: NdArray, axis: number): NdArray {
    return softmax.softmaxGrad(own(dy), own(y), axis)
  }

  logSoftmax(x: NdArray, axis: number): NdArray {
    return softmax.logSoftmax(own(x), axis)
  }

  logSoftmaxGrad(dy: NdArray, y: NdArray, axis: number): NdArray {
    return softmax.logSoftmaxGrad(own(dy), own(y), axis)
  }

  crossEntropy(logits: NdArray, labels: Int32Array, smoothing: number) {
    return softmax.crossEntropy(own(logits), labels, smoothing)
  }

  sgdStep(updates: readonly ParameterUpdate[], options: SgdStep): void {
    for (const { parameter, gradient, state } of updates) {
      optimize.sgdStep(own(parameter), own(gradient), state[0] ? own(state[0]) : null, options)
    }
  }

  adamWStep(updates: readonly ParameterUpdate[], options: AdamWStep): void {
    for (const { parameter, gradient, state } of updates) {
      optimize.adamWStep(own(parameter), own(gradient), own(state[0]!), own(state[1]!), options)
    }
  }

  lerp(into: NdArray, target: NdArray, t: number): void {
    const { values } = own(into)
    own(target).values.forEach((v, i) => {
      values[i]! += t * (v - values[i]!)
    })
  }

  scale(x: NdArray, factor: number): void {
    const { values } = own(x)
    for (let i = 0; i < values.length; i++) values[i]! *= factor
  }

  sumOfSquares(x: NdArray): number {
    let sum = 0
    for (const v of own(x).values) sum += v * v
    return sum
  }

  firstNonFinite(x: NdArray): number {
    return own(x).values.findIndex((v: number) => !Number.isFinite(v))
  }

  async close(): Promise<void> {}

  #typed(source: ArrayLike<number> | number): FloatArray {
    const Type = this.dtype === 'float64' ? Float64Array : Float32Array
    return typeof source === 'number' ? new Type(source) : new Type(source)
  }
}

function own(x: NdArray): HostArray {
  if (x instanceof HostArray) return x
  throw new GhostgradError(`a tensor of backend "${x.backend.name}" met one of backend "js"; make both on one backend`)
}
