/**
 * Tensors and reverse-mode autograd on the CPU.
 * @module
 */
import './setup.js'

export { type BackwardOptions, backward } from './autograd/backward.js'
export { assertGradcheck, type GradcheckOptions, type GradcheckResult, gradcheck } from './autograd/gradcheck.js'
export { enableGrad, isGradEnabled, noGrad } from './autograd/gradMode.js'
export { type BackwardContext, defineOp, type Op, type OpContext } from './autograd/op.js'
export { type BackendName, createBackend } from './defaultBackend.js'
export { type Backend, getBackend, setBackend, withBackend } from './tensor/backend.js'
export { arange, full, ones, rand, randn, tensor, zeros } from './tensor/create.js'
export { ConfigError, DataError, GhostgradError, ShapeError } from './tensor/errors.js'
export { Generator, manualSeed } from './tensor/random.js'
export { ReferenceBackend } from './tensor/reference/referenceBackend.js'
export { scope, Tensor } from './tensor/tensor.js'
export { WasmBackend } from './tensor/wasm/wasmBackend.js'
