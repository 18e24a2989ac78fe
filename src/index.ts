/**
 * Tensors and reverse-mode autograd on the CPU.
 * @module
 */
import './setup.js'

export { detectAnomaly } from './autograd/anomaly.js'
export { type BackwardOptions, backward } from './autograd/backward.js'
export { assertGradcheck, type GradcheckOptions, type GradcheckResult, gradcheck } from './autograd/gradcheck.js'
export { enableGrad, isGradEnabled, noGrad } from './autograd/gradMode.js'
export type { GradientHook, RemovableHandle } from './autograd/hooks.js'
export { type BackwardContext, defineOp, type Op, type OpContext, type TapeNode } from './autograd/op.js'
export { type BackendName, createBackend } from './defaultBackend.js'
export {
  type AdamWStep,
  type AllReduce,
  type Arena,
  type AvgPoolSpec,
  type Backend,
  type BatchNormConstants,
  type BatchNormEpilogue,
  type BatchNormGradients,
  type BatchNormGradOptions,
  type BatchNormSaved,
  type BatchNormStatistics,
  type ConvSpec,
  type GroupNormSaved,
  type GroupSpec,
  getBackend,
  type MaxPoolSpec,
  type Operations,
  type ParameterUpdate,
  type PoolSpec,
  type ResizedAxis,
  type SgdStep,
  setBackend,
  type Window2d,
  withBackend,
} from './tensor/backend.js'
export { arange, full, ones, type RandomOptions, rand, randn, tensor, zeros } from './tensor/create.js'
export type { ActivationName, BinaryName, UnaryName } from './tensor/elementwise.js'
export { ConfigError, DataError, GhostgradError, ShapeError } from './tensor/errors.js'
export type { FloatArray, NdArray } from './tensor/ndarray.js'
export { Generator, manualSeed } from './tensor/random.js'
export { ReferenceBackend } from './tensor/reference/referenceBackend.js'
export type { Shape } from './tensor/shape.js'
export { type NestedArray, scope, Tensor, type TensorOptions } from './tensor/tensor.js'
export type { RuntimeOptions, Variant } from './tensor/wasm/runtime.js'
export { WasmBackend } from './tensor/wasm/wasmBackend.js'
