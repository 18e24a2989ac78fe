/**
 * The primitive operations that a backend provides. Autograd rules are written in these alone, so that the readable
 * TypeScript backend and the WebAssembly one run the same rules. Shapes have been checked when a method is called.
 *
 * Dimension letters: N images, C input channels, K output channels, H × W plane, R × S kernel.
 */
import type { ActivationName, BinaryName, UnaryName } from './elementwise.js'
import { GhostgradError } from './errors.js'
import { type FloatArray, NdArray } from './ndarray.js'
import type { Shape } from './shape.js'

/** Geometry of a window that slides over a plane: heights first. */
export interface Window2d {
  stride: readonly [number, number]
  padding: readonly [number, number]
}

/** Geometry of a convolution. */
export interface ConvSpec extends Window2d {
  dilation: readonly [number, number]
  groups: number
}

/** Geometry of a pooling window. */
export interface PoolSpec extends Window2d {
  kernel: readonly [number, number]
  /** Whether a last window counts that begins before the padding behind the input, and ends beyond it; default false. */
  ceilMode?: boolean | undefined
}

/** Geometry of maximum pooling. */
export interface MaxPoolSpec extends PoolSpec {
  /** Default (1, 1). */
  dilation?: readonly [number, number]
}

/** How `groupNorm` divides images of C channels with P places: each group of neighbours has a mean and a variance of its own. */
export interface GroupSpec {
  /** Channels of a group; they divide C. */
  channels: number
  /** Places of a group; they divide P. */
  places: number
  /** What each number of weight and bias belongs to: a channel (C,), a place of a group (places,), or a place of a channel (C · P,). */
  affine: 'channel' | 'place' | 'both'
}

/** What group norm normalized with, each (N, C / channels, P / places), and what it normalized. */
export interface GroupNormSaved<A extends NdArray = NdArray> {
  x: A
  weight: A | null
  mean: A
  /** 1 / √(variance + eps) with the biased variance. */
  rstd: A
}

/** Where the places of a resized axis get their values from: (1 − share) · x[first] + share · x[second]. */
export interface ResizedAxis {
  first: readonly number[]
  second: readonly number[]
  share: readonly number[]
}

/** Geometry of average pooling. */
export interface AvgPoolSpec extends PoolSpec {
  /** Whether padding counts in the divisor, as PyTorch's default says. */
  countIncludePad: boolean
  /** What every sum is divided by; default: the size of its window. */
  divisor?: number | undefined
}

/** What is applied after normalization, in the same pass: `relu(normalized + residual)`. */
export interface BatchNormEpilogue<A extends NdArray = NdArray> {
  residual: A | null
  relu: boolean
  /** Where to put the result, if anywhere: of the shape of x, from `adjoining`. */
  into?: A | null
}

/**
 * Replaces numbers by their sums over all processes that train together, each with its part of a batch. They call it in the same order.
 */
export type AllReduce = (values: Float64Array) => void

/** Memory apart from the rest, given back only as a whole: nothing else ever uses its addresses. */
export interface Arena {
  /** Have arrays allocated here while `fn` runs. */
  run<T>(fn: () => T): T
  /** Give everything back. Only when no array in it is used any more. */
  release(): void
}

/** Constants to normalize with, each (C,): evaluation. */
export interface BatchNormConstants<A extends NdArray = NdArray> {
  weight: A | null
  bias: A | null
  mean: A
  variance: A
  eps: number
}

/** What batch norm normalized with. */
export interface BatchNormStatistics<A extends NdArray = NdArray> {
  /** (C,) mean of the batch, or the running mean. */
  mean: A
  /** (C,) 1 / √(variance + eps) with the biased variance. */
  rstd: A
}

/** What the gradient of batch norm needs from the forward pass. */
export interface BatchNormSaved<A extends NdArray = NdArray> extends BatchNormStatistics<A> {
  x: A
  /** The output, kept where relu needs it. */
  y: A | null
  weight: A | null
  bias: A | null
}

/** Gradients of batch norm by each of its inputs. */
export interface BatchNormGradients<A extends NdArray = NdArray> {
  dx: A
  /** (C,) */
  dWeight: A
  /** (C,) */
  dBias: A
  dResidual: A | null
}

/** How the gradient of batch norm is computed. */
export interface BatchNormGradOptions {
  /** Whether mean and rstd depend on x. */
  training: boolean
  relu: boolean
  /** Whether a residual was added; its gradient is then returned. */
  hasResidual: boolean
  /** Whether results may be put where dy is. */
  mayOverwrite: boolean
  /**
   * As in `batchNormTrain`; dy is then that of the mean loss of this process's part, and dWeight and dBias are the means over all
   * processes, weighted by the sizes of their parts.
   */
  sync?: AllReduce | null | undefined
}

/** What an optimizer step works on; all arrays have the parameter's shape, and parameter and state are overwritten. */
export interface ParameterUpdate<A extends NdArray = NdArray> {
  parameter: A
  gradient: A
  state: readonly A[]
}

/** Settings of one step of SGD, as in `SGDOptions`. */
export interface SgdStep {
  lr: number
  momentum: number
  dampening: number
  weightDecay: number
  nesterov: boolean
  /** The first step starts the momentum buffer with the gradient itself. */
  first: boolean
}

/** Settings of one step of AdamW, as in `AdamWOptions`. */
export interface AdamWStep {
  lr: number
  beta1: number
  beta2: number
  eps: number
  weightDecay: number
  /** Number of this step, from 1. */
  step: number
}

/** The operations on arrays. A backend is a record of them, written for arrays of its own kind. */
export interface Operations {
  copy(x: NdArray): NdArray
  /** A row-major copy of the numbers. */
  read(x: NdArray): FloatArray
  /** Overwrite `x` with row-major `values`. */
  write(x: NdArray, values: ArrayLike<number>): void

  // Elementwise
  /** `constants` are those that the row of the operation in `elementwise.ts` has, in its order. */
  unary(name: UnaryName, x: NdArray, constants?: readonly number[]): NdArray
  /** dx = f′ · dy. `saved` is the input or the output, as the row of the operation says. */
  activationGrad(name: ActivationName, dy: NdArray, saved: NdArray, constants?: readonly number[]): NdArray
  /** With broadcasting. */
  binary(name: BinaryName, a: NdArray, b: NdArray): NdArray
  /** scale · x + shift */
  affine(x: NdArray, scale: number, shift: number): NdArray
  pow(x: NdArray, exponent: number): NdArray
  /** min(max(x, low), high); not a number where x is none. */
  clamp(x: NdArray, low: number, high: number): NdArray
  /** dy where low ≤ x ≤ high, else 0. */
  clampGrad(dy: NdArray, x: NdArray, low: number, high: number): NdArray
  /** a where the condition is not 0, else b; equal shapes, null: zeros. */
  where(condition: NdArray, a: NdArray | null, b: NdArray | null): NdArray
  /** max(a + b, 0), equal shapes. */
  addRelu(a: NdArray, b: NdArray): NdArray
  /** into += x, in place, equal shapes. */
  accumulate(into: NdArray, x: NdArray): void

  // Reductions
  sum(x: NdArray, axes: readonly number[], keepDims: boolean): NdArray
  max(x: NdArray, axes: readonly number[], keepDims: boolean): NdArray
  /** Routes `dy` to the first largest element of each reduced group. `dy` has the shape with kept dimensions. */
  maxGrad(dy: NdArray, x: NdArray, axes: readonly number[]): NdArray

  // Shape
  reshape(x: NdArray, shape: Shape): NdArray
  permute(x: NdArray, axes: readonly number[]): NdArray
  broadcastTo(x: NdArray, shape: Shape): NdArray
  concat(xs: readonly NdArray[], axis: number): NdArray
  /** x[start, start + step, …] with `sizes` elements on each axis. */
  slice(x: NdArray, starts: readonly number[], sizes: Shape, steps: readonly number[]): NdArray
  /** The adjoint of `slice`: an array of `shape` filled with `fill`, with `x` put where slice would read it. */
  embed(x: NdArray, shape: Shape, starts: readonly number[], steps: readonly number[], fill: number): NdArray
  /**
   * Runs of numbers: with x cut, row-major, into runs of size / rows.length numbers (the size of `shape`), run i of the result is run
   * rows[i] of x.
   */
  takeRows(x: NdArray, rows: Int32Array, shape: Shape): NdArray
  /** The adjoint of `takeRows`: in an array of `shape`, run rows[i] is the sum of the runs i of x. */
  addRows(x: NdArray, rows: Int32Array, shape: Shape): NdArray

  // Linear algebra
  /** (…, m, k) · (…, k, n); the leading axes are equal. */
  matmul(a: NdArray, b: NdArray, transposeA: boolean, transposeB: boolean): NdArray
  /** x (N, C, H, W), weight (K, C / groups, R, S), bias (K,) or null → (N, K, H′, W′) */
  conv2d(x: NdArray, weight: NdArray, bias: NdArray | null, spec: ConvSpec): NdArray
  conv2dInputGrad(dy: NdArray, weight: NdArray, spec: ConvSpec, xShape: Shape): NdArray
  conv2dWeightGrad(x: NdArray, dy: NdArray, spec: ConvSpec, weightShape: Shape): NdArray

  /** `batchNormEval` of `conv2d`, for evaluation: in one pass where a backend has one. */
  conv2dBatchNorm(
    x: NdArray,
    weight: NdArray,
    bias: NdArray | null,
    spec: ConvSpec,
    norm: BatchNormConstants,
    epilogue: BatchNormEpilogue,
  ): NdArray

  // Normalization over N, H and W; x (N, C, …)
  /**
   * Normalizes by the batch's statistics and moves the running ones (in place, unbiased variance). With `sync`, those of the batch of all
   * processes.
   */
  batchNormTrain(
    x: NdArray,
    weight: NdArray | null,
    bias: NdArray | null,
    running: { mean: NdArray; variance: NdArray; momentum: number } | null,
    eps: number,
    epilogue: BatchNormEpilogue,
    sync?: AllReduce | null,
  ): { y: NdArray } & BatchNormStatistics
  /** Normalizes by given statistics. */
  batchNormEval(
    x: NdArray,
    weight: NdArray | null,
    bias: NdArray | null,
    mean: NdArray,
    variance: NdArray,
    eps: number,
    epilogue: BatchNormEpilogue,
  ): { y: NdArray } & BatchNormStatistics
  batchNormGrad(dy: NdArray, saved: BatchNormSaved, options: BatchNormGradOptions): BatchNormGradients

  // Normalization of each image by itself; x (N, C, …)
  /** weight and bias have as many numbers as `spec.affine` says, in any shape. */
  groupNorm(
    x: NdArray,
    weight: NdArray | null,
    bias: NdArray | null,
    spec: GroupSpec,
    eps: number,
  ): { y: NdArray; mean: NdArray; rstd: NdArray }
  /** dWeight and dBias have one axis; without weights that were given, those of weights that are all 1. */
  groupNormGrad(dy: NdArray, saved: GroupNormSaved, spec: GroupSpec): { dx: NdArray; dWeight: NdArray; dBias: NdArray }

  // Planes of another size; x (N, C, H, W)
  resize2d(x: NdArray, rows: ResizedAxis, columns: ResizedAxis): NdArray
  resize2dGrad(dy: NdArray, rows: ResizedAxis, columns: ResizedAxis, xShape: Shape): NdArray

  // Pooling; x (N, C, H, W)
  /** `index` says where in its window or plane each largest element was, in the backend's own terms. */
  maxPool2d(x: NdArray, spec: MaxPoolSpec): { y: NdArray; index: NdArray }
  maxPool2dGrad(dy: NdArray, index: NdArray, xShape: Shape, spec: MaxPoolSpec): NdArray
  avgPool2d(x: NdArray, spec: AvgPoolSpec): NdArray
  avgPool2dGrad(dy: NdArray, xShape: Shape, spec: AvgPoolSpec): NdArray
  adaptiveAvgPool2d(x: NdArray, outSize: readonly [number, number]): NdArray
  adaptiveAvgPool2dGrad(dy: NdArray, xShape: Shape): NdArray

  // Softmax and loss
  softmax(x: NdArray, axis: number): NdArray
  softmaxGrad(dy: NdArray, y: NdArray, axis: number): NdArray
  logSoftmax(x: NdArray, axis: number): NdArray
  logSoftmaxGrad(dy: NdArray, y: NdArray, axis: number): NdArray
  /** Mean over the batch of −Σ q log p, q = (1 − smoothing) · onehot + smoothing / K; and its gradient by the logits. */
  crossEntropy(logits: NdArray, labels: Int32Array, smoothing: number): { loss: NdArray; dLogits: NdArray }

  // Optimization, in place
  /** `state` is the momentum buffer, or nothing without momentum. */
  sgdStep(updates: readonly ParameterUpdate[], options: SgdStep): void
  /** `state` is the first and the second moment. */
  adamWStep(updates: readonly ParameterUpdate[], options: AdamWStep): void
  /** into = into + t · (target − into) */
  lerp(into: NdArray, target: NdArray, t: number): void
  scale(x: NdArray, factor: number): void
  sumOfSquares(x: NdArray): number
  /** Row-major index of the first NaN or infinity, or −1. */
  firstNonFinite(x: NdArray): number
}

/** What computes: memory for arrays, and the primitive operations that every rule is written in. */
export interface Backend extends Operations {
  readonly name: 'js' | 'wasm' | 'meta'
  readonly dtype: 'float32' | 'float64'
  /** For records: build, instruction set and threads. */
  readonly description: string

  /** A new array with a copy of `values` in row-major order. */
  fromValues(values: ArrayLike<number>, shape: Shape): NdArray
  full(shape: Shape, value: number): NdArray
  /**
   * Arrays of `shape` (N, …, H, W) with these numbers of channels, their content undefined, that lie one behind the other, so that
   * `concat` of them along axis 1 moves nothing. Null where a backend always copies.
   */
  adjoining(shape: Shape, channels: readonly number[]): NdArray[] | null
  /** New memory apart; where there is none to be had, nothing can be recorded and replayed. */
  newArena?(): Arena
  /** Stop threads, if there are any. The backend must not be used afterwards. */
  close(): Promise<void>
}

/**
 * The base class of a backend, whose methods are these operations. Each of them first checks that the arrays it gets, in lists and
 * objects too, are of this backend's kind.
 * @param around what each operation is wrapped in
 */
export function operationsOf(
  name: Backend['name'],
  owns: (x: NdArray) => boolean,
  operations: Operations,
  around: (operation: (...args: unknown[]) => unknown) => (...args: unknown[]) => unknown = (operation) => operation,
): new () => Operations {
  function check(value: unknown): void {
    if (value instanceof NdArray) {
      if (owns(value)) return
      throw new GhostgradError(
        `a tensor of backend "${value.backend.name}" met one of backend "${name}"; make both on one backend`,
      )
    }
    if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) Object.values(value).forEach(check)
  }
  const checked =
    (operation: (...args: unknown[]) => unknown) =>
    (...args: unknown[]) => {
      args.forEach(check)
      return operation(...args)
    }
  class WithOperations {}
  for (const [method, operation] of Object.entries(operations)) {
    Object.defineProperty(WithOperations.prototype, method, { value: checked(around(operation)), writable: true })
  }
  return WithOperations as new () => Operations
}

let current: Backend | null = null
let makeDefault: (() => Backend) | null = null

/** @internal How the default backend is made, the first time one is needed. */
export function setDefaultBackendFactory(make: () => Backend): void {
  makeDefault = make
}

/** The backend that new tensors are made on. */
export function getBackend(): Backend {
  if (!current) {
    if (!makeDefault) throw new Error('internal: no default backend; import "ghostgrad"')
    current = makeDefault()
  }
  return current
}

/** Make new tensors on `backend` from now on. */
export function setBackend(backend: Backend): void {
  current = backend
}

/** Run `fn` with `backend` for new tensors; restored even when `fn` throws. */
export function withBackend<T>(backend: Backend, fn: () => T): T {
  const before = current
  current = backend
  try {
    return fn()
  } finally {
    current = before
  }
}
