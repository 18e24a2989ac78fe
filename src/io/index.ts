/**
 * Files that other tools read and write.
 * @module
 */
export { writeFileAtomic } from './atomic.js'
export { readSafetensors, type SafetensorsFile, type SavedTensor, writeSafetensors } from './safetensors.js'
