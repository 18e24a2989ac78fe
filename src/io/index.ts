/**
 * Reading and writing files.
 * @module
 */
import '../setup.js'

export { writeFileAtomic } from './atomic.js'
export { exportOnnx, type OnnxOptions } from './onnx/export.js'
export {
  decodeSafetensors,
  encodeSafetensors,
  loadSafetensors,
  loadWeights,
  type Safetensors,
  saveWeights,
} from './safetensors.js'
