import type {
  AvgPoolSpec,
  Backend,
  BatchNormGradients,
  BatchNormGradOptions,
  BatchNormSaved,
  BatchNormStatistics,
  ConvSpec,
  GroupNormSaved,
  GroupSpec,
  MaxPoolSpec,
  ResizedAxis,
} from '../backend.js'
import { GhostgradError } from '../errors.js'
import { Block } from '../memory.js'
import { NdArray } from '../ndarray.js'
import { broadcastShapes, convOutputShape, poolOutputShape, reducedShape, type Shape, sizeOf } from '../shape.js'

/** Nothing to free. */
class NoBlock extends Block {
  constructor() {
    super()
    this.adopt()
  }

  protected override release(): void {}
}

class MetaArray extends NdArray {
  constructor(
    shape: Shape,
    override readonly backend: Backend,
  ) {
    super(shape, new NoBlock())
  }
}

/**
 * Shapes without numbers, as PyTorch's device "meta": a network of any size is built and traced in no memory and no time, to count
 * what it consists of. Whatever asks for a number is refused.
 */
export class MetaBackend implements Backend {
  readonly name = 'meta'
  readonly dtype = 'float32'
  readonly description = 'meta'

  #new = (shape: Shape): MetaArray => new MetaArray(shape, this)
  #like = (x: NdArray): MetaArray => this.#new(x.shape)
  #refuse = (): never => {
    throw new GhostgradError('a tensor on the meta backend has a shape, but no numbers')
  }

  fromValues = (_: ArrayLike<number>, shape: Shape) => this.#new(shape)
  full = this.#new
  copy = this.#like
  read = this.#refuse
  write(): void {}

  unary = (_: string, x: NdArray) => this.#like(x)
  activationGrad = (_: string, dy: NdArray) => this.#like(dy)
  binary = (name: string, a: NdArray, b: NdArray) => this.#new(broadcastShapes(name, a.shape, b.shape))
  affine = this.#like
  pow = this.#like
  clamp = this.#like
  clampGrad = this.#like
  where = this.#like
  addRelu = this.#like
  accumulate(): void {}

  sum = (x: NdArray, axes: readonly number[], keepDims: boolean) => this.#new(reducedShape(x.shape, axes, keepDims))
  max = this.sum
  maxGrad = (_: NdArray, x: NdArray) => this.#like(x)

  reshape = (_: NdArray, shape: Shape) => this.#new(shape)
  permute = (x: NdArray, axes: readonly number[]) => this.#new(axes.map((axis) => x.shape[axis]!))
  broadcastTo = this.reshape
  concat(xs: readonly NdArray[], axis: number) {
    const joined = xs.reduce((sum, x) => sum + x.shape[axis]!, 0)
    return this.#new(xs[0]!.shape.with(axis, joined))
  }
  adjoining = () => null
  slice = (_: NdArray, __: readonly number[], sizes: Shape) => this.#new(sizes)
  embed = this.reshape
  takeRows = (_: NdArray, __: Int32Array, shape: Shape) => this.#new(shape)
  addRows = this.takeRows

  matmul(a: NdArray, b: NdArray, transposeA: boolean, transposeB: boolean) {
    const [rows, columns] = [a.shape.at(transposeA ? -1 : -2)!, b.shape.at(transposeB ? -2 : -1)!]
    return this.#new([...a.shape.slice(0, -2), rows, columns])
  }
  conv2d = (x: NdArray, weight: NdArray, _: NdArray | null, spec: ConvSpec) =>
    this.#new(convOutputShape(x.shape, weight.shape, spec))
  conv2dBatchNorm = this.conv2d
  conv2dInputGrad = (_: NdArray, __: NdArray, ___: ConvSpec, xShape: Shape) => this.#new(xShape)
  conv2dWeightGrad = (_: NdArray, __: NdArray, ___: ConvSpec, weightShape: Shape) => this.#new(weightShape)

  batchNormTrain = (x: NdArray): { y: NdArray } & BatchNormStatistics => {
    const statistic = () => this.#new([x.shape[1]!])
    return { y: this.#like(x), mean: statistic(), rstd: statistic() }
  }
  batchNormEval = this.batchNormTrain
  batchNormGrad = (dy: NdArray, saved: BatchNormSaved, { hasResidual }: BatchNormGradOptions): BatchNormGradients => ({
    dx: this.#like(saved.x),
    dWeight: this.#new([dy.shape[1]!]),
    dBias: this.#new([dy.shape[1]!]),
    dResidual: hasResidual ? this.#like(dy) : null,
  })

  groupNorm = (x: NdArray, _: NdArray | null, __: NdArray | null, { channels, places }: GroupSpec) => {
    const statistic = () => this.#new([x.shape[0]!, (x.shape[1] ?? 1) / channels, sizeOf(x.shape.slice(2)) / places])
    return { y: this.#like(x), mean: statistic(), rstd: statistic() }
  }
  groupNormGrad = (_: NdArray, { x }: GroupNormSaved, { places, affine }: GroupSpec) => {
    const C = x.shape[1] ?? 1
    const numbers = { channel: C, place: places, both: C * sizeOf(x.shape.slice(2)) }[affine]
    return { dx: this.#like(x), dWeight: this.#new([numbers]), dBias: this.#new([numbers]) }
  }

  resize2d = (x: NdArray, rows: ResizedAxis, columns: ResizedAxis) =>
    this.#new([x.shape[0]!, x.shape[1]!, rows.share.length, columns.share.length])
  resize2dGrad = (_: NdArray, __: ResizedAxis, ___: ResizedAxis, xShape: Shape) => this.#new(xShape)

  maxPool2d(x: NdArray, spec: MaxPoolSpec) {
    const shape = poolOutputShape(x.shape, spec)
    return { y: this.#new(shape), index: this.#new(shape) }
  }
  maxPool2dGrad = (_: NdArray, __: NdArray, xShape: Shape) => this.#new(xShape)
  avgPool2d = (x: NdArray, spec: AvgPoolSpec) => this.#new(poolOutputShape(x.shape, spec))
  avgPool2dGrad = (_: NdArray, xShape: Shape) => this.#new(xShape)
  adaptiveAvgPool2d = (x: NdArray, outSize: readonly [number, number]) =>
    this.#new([...x.shape.slice(0, 2), ...outSize])
  adaptiveAvgPool2dGrad = this.avgPool2dGrad

  softmax = this.#like
  softmaxGrad = this.#like
  logSoftmax = this.#like
  logSoftmaxGrad = this.#like
  crossEntropy = (logits: NdArray) => ({ loss: this.#new([]), dLogits: this.#like(logits) })

  sgdStep(): void {}
  adamWStep(): void {}
  lerp(): void {}
  scale(): void {}
  sumOfSquares = this.#refuse
  firstNonFinite = this.#refuse

  async close(): Promise<void> {}
}
