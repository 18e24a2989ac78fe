/**
 * Reading and writing files.
 * @module
 */
export { writeFileAtomic } from './atomic.js'
export {
  decodeSafetensors,
  encodeSafetensors,
  loadSafetensors,
  loadWeights,
  type Safetensors,
  saveWeights,
} from './safetensors.js'
