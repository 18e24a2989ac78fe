import type {
  AdamWStep,
  AllReduce,
  Arena,
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
import type { NdArray } from '../ndarray.js'
import type { HostArray } from '../reference/hostArray.js'
import { ReferenceBackend } from '../reference/referenceBackend.js'
import type { Shape } from '../shape.js'
import * as conv from './convOps.js'
import * as elementwise from './elementwiseOps.js'
import * as layout from './kernels/layout.js'
import * as optim from './kernels/optim.js'
import { sumOfSquares } from './kernels/reduce.js'
import * as norm from './normOps.js'
import * as pool from './poolOps.js'
import * as reduce from './reduceOps.js'
import { type RuntimeOptions, WasmRuntime, withKernels } from './runtime.js'
import * as softmax from './softmaxOps.js'
import * as strided from './strided.js'
import { own, WasmArray } from './wasmArray.js'

/**
 * The fast backend: WebAssembly SIMD kernels on all cores. Each method picks the kernel that fits; the few rare cases without
 * one (a maximum, an unusual broadcast, a batched matrix product) go through the reference backend's loops, and are counted.
 */
export class WasmBackend implements Backend {
  readonly name = 'wasm'
  readonly dtype = 'float32'
  readonly description: string
  readonly runtime: WasmRuntime
  /** How often each operation had to take the reference backend's loops. */
  readonly fallbacks = new Map<string, number>()
  readonly #reference = new ReferenceBackend('float32')

  /**
   * A backend whose kernels have been fetched and whose threads have started: the way to one in a browser, inside a Web Worker, where
   * there are no files to read and no waiting for threads. Elsewhere the constructor does.
   * @example setBackend(await WasmBackend.load())
   */
  static async load(options: RuntimeOptions = {}): Promise<WasmBackend> {
    const backend = new WasmBackend(await withKernels(options))
    await backend.runtime.started()
    return backend
  }

  constructor(options: RuntimeOptions = {}) {
    this.runtime = new WasmRuntime(options)
    const { variant, threads } = this.runtime
    this.description = `wasm ${variant} simd, ${threads} ${threads === 1 ? 'thread' : 'threads'}`
  }

  fromValues(values: ArrayLike<number>, shape: Shape): WasmArray {
    const x = WasmArray.allocate(this, shape, 'rows')
    strided.write(x, values)
    return x
  }

  full(shape: Shape, value: number): WasmArray {
    const x = WasmArray.allocate(this, shape, 'rows')
    layout.fill(this.runtime, x.address, x.floats, value)
    return x
  }

  copy(x: NdArray): WasmArray {
    const source = own(x)
    const out = WasmArray.allocate(this, source.shape, source.layout)
    layout.copy(this.runtime, out.address, source.address, source.floats)
    return out
  }

  read(x: NdArray): Float32Array {
    return strided.read(own(x))
  }

  write(x: NdArray, values: ArrayLike<number>): void {
    strided.write(own(x), values)
  }

  unary(name: UnaryName, x: NdArray): NdArray {
    return elementwise.unary(name, own(x))
  }

  activationGrad(name: ActivationName, dy: NdArray, saved: NdArray): NdArray {
    return elementwise.activationGrad(name, own(dy), own(saved))
  }

  binary(name: BinaryName, a: NdArray, b: NdArray): NdArray {
    return (
      elementwise.binary(name, own(a), own(b)) ??
      this.#viaReference('binary', [a, b], (reference, [x, y]) => reference.binary(name, x!, y!))
    )
  }

  affine(x: NdArray, scale: number, shift: number): NdArray {
    return elementwise.affine(own(x), scale, shift)
  }

  pow(x: NdArray, exponent: number): NdArray {
    return elementwise.pow(own(x), exponent)
  }

  addRelu(a: NdArray, b: NdArray): NdArray {
    return elementwise.addRelu(own(a), own(b))
  }

  accumulate(into: NdArray, x: NdArray): void {
    elementwise.accumulate(own(into), own(x))
  }

  sum(x: NdArray, axes: readonly number[], keepDims: boolean): NdArray {
    return (
      reduce.sum(own(x), axes, keepDims) ??
      this.#viaReference('sum', [x], (reference, [a]) => reference.sum(a!, axes, keepDims))
    )
  }

  max(x: NdArray, axes: readonly number[], keepDims: boolean): NdArray {
    return (
      reduce.max(own(x), axes, keepDims) ??
      this.#viaReference('max', [x], (reference, [a]) => reference.max(a!, axes, keepDims))
    )
  }

  maxGrad(dy: NdArray, x: NdArray, axes: readonly number[]): NdArray {
    return this.#viaReference('maxGrad', [dy, x], (reference, [g, a]) => reference.maxGrad(g!, a!, axes))
  }

  reshape(x: NdArray, shape: Shape): NdArray {
    return strided.reshape(own(x), shape)
  }

  permute(x: NdArray, axes: readonly number[]): NdArray {
    return strided.permute(own(x), axes)
  }

  broadcastTo(x: NdArray, shape: Shape): NdArray {
    return strided.broadcastTo(own(x), shape)
  }

  concat(xs: readonly NdArray[], axis: number): NdArray {
    return strided.concat(xs.map(own), axis)
  }

  adjoining(shape: Shape, channels: readonly number[]): WasmArray[] {
    return strided.adjoining(this, shape, channels)
  }

  slice(x: NdArray, starts: readonly number[], sizes: Shape, steps: readonly number[]): NdArray {
    return strided.slice(own(x), starts, sizes, steps)
  }

  embed(x: NdArray, shape: Shape, starts: readonly number[], steps: readonly number[], fill: number): NdArray {
    return strided.embed(own(x), shape, starts, steps, fill)
  }

  matmul(a: NdArray, b: NdArray, transposeA: boolean, transposeB: boolean): NdArray {
    return (
      conv.matmul(own(a), own(b), transposeA, transposeB) ??
      this.#viaReference('matmul', [a, b], (reference, [x, y]) => reference.matmul(x!, y!, transposeA, transposeB))
    )
  }

  conv2d(x: NdArray, weight: NdArray, bias: NdArray | null, spec: ConvSpec): NdArray {
    return conv.conv2d(own(x), own(weight), bias && own(bias), spec)
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
    return conv.conv2dBatchNorm(own(x), own(weight), bias && own(bias), spec, norm, epilogue)
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
    const moved = running && { ...running, mean: own(running.mean), variance: own(running.variance) }
    const affine = [weight && own(weight), bias && own(bias)] as const
    if (sync) return norm.batchNormSync(own(x), ...affine, moved, eps, epilogue, sync)
    return norm.batchNormTrain(own(x), ...affine, moved, eps, epilogue)
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
    const affine = [weight && own(weight), bias && own(bias)] as const
    return norm.batchNormEval(own(x), ...affine, own(mean), own(variance), eps, epilogue)
  }

  batchNormGrad(
    dy: NdArray,
    saved: BatchNormSaved,
    training: boolean,
    relu: boolean,
    hasResidual: boolean,
    mayOverwrite: boolean,
    sync: AllReduce | null = null,
  ) {
    return norm.batchNormGrad(own(dy), saved, training, relu, hasResidual, mayOverwrite, sync)
  }

  maxPool2d(x: NdArray, spec: PoolSpec): { y: NdArray; index: NdArray } {
    return pool.maxPool2d(own(x), spec)
  }

  maxPool2dGrad(dy: NdArray, index: NdArray, xShape: Shape, spec: PoolSpec): NdArray {
    return pool.maxPool2dGrad(own(dy), own(index), xShape, spec)
  }

  avgPool2d(x: NdArray, spec: AvgPoolSpec): NdArray {
    return pool.avgPool2d(own(x), spec)
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
    if (softmax.isLogits(own(x), axis)) return softmax.softmax(own(x))
    return this.#viaReference('softmax', [x], (reference, [a]) => reference.softmax(a!, axis))
  }

  softmaxGrad(dy: NdArray, y: NdArray, axis: number): NdArray {
    if (softmax.isLogits(own(y), axis)) return softmax.softmaxGrad(own(dy), own(y))
    return this.#viaReference('softmaxGrad', [dy, y], (reference, [g, a]) => reference.softmaxGrad(g!, a!, axis))
  }

  logSoftmax(x: NdArray, axis: number): NdArray {
    if (softmax.isLogits(own(x), axis)) return softmax.logSoftmax(own(x))
    return this.#viaReference('logSoftmax', [x], (reference, [a]) => reference.logSoftmax(a!, axis))
  }

  logSoftmaxGrad(dy: NdArray, y: NdArray, axis: number): NdArray {
    if (softmax.isLogits(own(y), axis)) return softmax.logSoftmaxGrad(own(dy), own(y))
    return this.#viaReference('logSoftmaxGrad', [dy, y], (reference, [g, a]) => reference.logSoftmaxGrad(g!, a!, axis))
  }

  crossEntropy(logits: NdArray, labels: Int32Array, smoothing: number): { loss: NdArray; dLogits: NdArray } {
    return softmax.crossEntropy(own(logits), labels, smoothing)
  }

  sgdStep(updates: readonly ParameterUpdate[], options: SgdStep): void {
    optim.sgdStep(this.runtime, updates.map(rowOf), options)
  }

  adamWStep(updates: readonly ParameterUpdate[], options: AdamWStep): void {
    optim.adamwStep(this.runtime, updates.map(rowOf), options)
  }

  lerp(into: NdArray, target: NdArray, t: number): void {
    const x = own(into)
    optim.emaStep(this.runtime, x.address, strided.inLayout(own(target), x.layout).address, x.floats, 1 - t)
  }

  scale(x: NdArray, factor: number): void {
    elementwise.scaleInPlace(own(x), factor)
  }

  sumOfSquares(x: NdArray): number {
    return sumOfSquares(this.runtime, own(x).address, own(x).floats)
  }

  firstNonFinite(x: NdArray): number {
    const rows = strided.inRows(x)
    return optim.findNonFinite(this.runtime, rows.address, rows.floats)
  }

  newArena(): Arena {
    return this.runtime.newArena()
  }

  close(): Promise<void> {
    return this.runtime.close()
  }

  /** Run a rare operation with the reference loops, on copies in row-major order. */
  #viaReference(
    operation: string,
    inputs: readonly NdArray[],
    run: (reference: ReferenceBackend, inputs: readonly HostArray[]) => NdArray,
  ): WasmArray {
    this.fallbacks.set(operation, (this.fallbacks.get(operation) ?? 0) + 1)
    const copies = inputs.map((x) => this.#reference.fromValues(this.read(x), x.shape))
    const out = run(this.#reference, copies) as HostArray
    return this.fromValues(out.values, out.shape)
  }
}

function rowOf({ parameter, gradient, state }: ParameterUpdate): optim.Row {
  const p = own(parameter)
  const g = strided.inLayout(own(gradient), p.layout)
  return { p: p.address, g: g.address, state: state.map((x) => own(x).address), n: p.floats }
}
