import { noGrad } from '../autograd/gradMode.js'
import { GhostgradError } from '../tensor/errors.js'
import type { Shape } from '../tensor/shape.js'
import { scope, Tensor } from '../tensor/tensor.js'
import { evaluating } from './evaluating.js'
import type { Module } from './module.js'

/** What a module computed: `data` is row-major, and a copy. */
export interface Output {
  shape: Shape
  data: Float32Array
}

/**
 * The outputs of modules inside a network, by their paths (`layer1.0`), for one input: what forward hooks that store their outputs
 * give in PyTorch. Runs the network once in evaluation mode, without recording gradients. A relu that runs as one with the batch
 * norm before it is in the output of that batch norm.
 * @returns one output a path, in that order; of a module that ran several times the last
 * @throws GhostgradError if a path is not that of a module that ran and gave a tensor
 */
export function captureOutputs(model: Module, input: Tensor, paths: readonly string[]): Output[] {
  const outputs = new Map<string, Output>()
  const ran = new Set<string>()
  const remove = model.onForward((path, _, __, output) => {
    if (!(output instanceof Tensor)) return
    ran.add(path)
    if (paths.includes(path)) outputs.set(path, { shape: output.shape, data: output.data })
  })
  try {
    evaluating(model, () => scope(() => noGrad(() => void model.call(input))))
  } finally {
    remove()
  }
  return paths.map((path) => {
    const output = outputs.get(path)
    if (output) return output
    throw new GhostgradError(
      `captureOutputs: expected the path of a module that runs, got "${path}"; there are ${[...ran].join(', ')}`,
    )
  })
}
