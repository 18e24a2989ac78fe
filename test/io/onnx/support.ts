import * as ort from 'onnxruntime-web'
import { Module } from '../../../src/nn/module.js'
import { StateBuffer } from '../../../src/nn/parameter.js'
import type { Tensor } from '../../../src/tensor/tensor.js'
import { hashInit } from '../../support/hashInit.js'
import { hashTensor } from '../../support/hashTensor.js'

ort.env.wasm.numThreads = 1

/** What another implementation computes from the file. */
export async function runOnnx(
  bytes: Uint8Array,
  images: Float32Array,
  shape: readonly number[],
): Promise<{ data: Float32Array; dims: readonly number[] }> {
  const session = await ort.InferenceSession.create(bytes, { graphOptimizationLevel: 'disabled' })
  try {
    const { output } = await session.run({ input: new ort.Tensor('float32', images, shape) })
    return { data: output!.data as Float32Array, dims: output!.dims }
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
