import * as ort from 'onnxruntime-web'
import protobuf from 'protobufjs'
import { Module } from '../../../src/nn/module.js'
import { StateBuffer } from '../../../src/nn/parameter.js'
import type { Tensor } from '../../../src/tensor/tensor.js'
import { hashInit } from '../../support/hashInit.js'
import { hashTensor } from '../../support/hashTensor.js'

ort.env.wasm.numThreads = 1

interface OnnxOutput {
  data: Float32Array
  dims: readonly number[]
}

/** What another implementation computes from the file. */
export const runOnnx = (bytes: Uint8Array, images: Float32Array, shape: readonly number[]): Promise<OnnxOutput> =>
  withOnnx(bytes, (run) => run(images, shape))

/** Another implementation, with the file loaded once for as many batches as `use` runs. */
export async function withOnnx<T>(
  bytes: Uint8Array,
  use: (run: (images: Float32Array, shape: readonly number[]) => Promise<OnnxOutput>) => Promise<T>,
): Promise<T> {
  const session = await ort.InferenceSession.create(bytes, { graphOptimizationLevel: 'disabled' })
  try {
    return await use(async (images, shape) => {
      const { output } = await session.run({ input: new ort.Tensor('float32', images, shape) })
      return { data: output!.data as Float32Array, dims: output!.dims }
    })
  } finally {
    await session.release()
  }
}

/** Weights from names, and running statistics that are not those at rest, so that a batch norm does something. */
export function trainedLike<M extends Module>(model: M): M {
  hashInit(model)
  for (const [name, buffer] of model.namedBuffers()) {
    if (!(buffer instanceof StateBuffer)) continue
    const shift = name.endsWith('running_var') ? 1 : 0
    buffer.set(hashTensor({ name, shape: [...buffer.shape], scale: 0.5, shift }))
  }
  return model
}

/** A function as a model. */
export class Calls extends Module {
  constructor(readonly fn: (x: Tensor) => Tensor) {
    super()
  }

  forward(x: Tensor): Tensor {
    return this.fn(x)
  }
}

/** The parts of a file that the tests look at, read by another implementation. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Entry { string key = 1; string value = 2; }
  message Node { repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4; }
  message Tensor { repeated int64 dims = 1; int32 data_type = 2; string name = 8; }
  message Dim { int64 dim_value = 1; string dim_param = 2; }
  message Shape { repeated Dim dim = 1; }
  message TensorType { int32 elem_type = 1; Shape shape = 2; }
  message Type { TensorType tensor_type = 1; }
  message Value { string name = 1; Type type = 2; }
  message Graph { repeated Node node = 1; string name = 2; repeated Tensor initializer = 5; repeated Value input = 11; repeated Value output = 12; }
  message Opset { string domain = 1; int64 version = 2; }
  message Model { int64 ir_version = 1; string producer_name = 2; string producer_version = 3; Graph graph = 7; repeated Opset opset_import = 8; repeated Entry metadata_props = 14; }
`)
const Model = root.lookupType('Model')
export const read = (bytes: Uint8Array) => Model.toObject(Model.decode(bytes), { longs: Number, arrays: true })
/** The operators in a file. */
export const kinds = (bytes: Uint8Array): string[] =>
  read(bytes).graph.node.map((node: { opType: string }) => node.opType)
