/**
 * Reading and writing files.
 * @module
 */
import '../setup.js'

export { writeFileAtomic } from './atomic.js'
export type { DtypeName, NumberArray } from './dtypes.js'
export { type FileArray, fromStateValue, toStateValue } from './fileArray.js'
export { decodeNpy, encodeNpy } from './npy.js'
export { decodeNpz, encodeNpz } from './npz.js'
export { exportOnnx, type OnnxOptions } from './onnx/export.js'
export { ProtobufWriter } from './protobuf.js'
export { decodeSafetensors, encodeSafetensors, loadSafetensors, type Safetensors, saveWeights } from './safetensors.js'
export type { CheckpointFacts } from './torch/facts.js'
export type { WeightsPart } from './torch/stateDict.js'
export { decodeTorch } from './torch/stateDict.js'
export { encodeTorch } from './torch/write.js'
export { decodeWeights, decodeWeightsFile, loadWeights, loadWeightsFile, type WeightsFile } from './weights.js'
