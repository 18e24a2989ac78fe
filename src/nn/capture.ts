import { noGrad } from '../autograd/gradMode.js'
import { GhostgradError } from '../tensor/errors.js'
import type { Shape } from '../tensor/shape.js'
import { scope, Tensor } from '../tensor/tensor.js'
import { evaluating } from './evaluating.js'
import type { AnyModule, Module } from './module.js'

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
  observe(model, input, (path, _, output) => {
    ran.add(path)
    if (paths.includes(path)) outputs.set(path, { shape: output.shape, data: output.data })
  })
  return paths.map((path) => {
    const output = outputs.get(path)
    if (output) return output
    throw new GhostgradError(
      `captureOutputs: expected the path of a module that runs, got "${path}"; there are ${[...ran].join(', ')}`,
    )
  })
}

/** A module that ran and gave a tensor. */
export interface ListedOutput {
  path: string
  /** `Conv2d` */
  type: string
  shape: Shape
}

/** Every output that `captureOutputs` can give for an input, in the order in which the modules end. */
export function listOutputs(model: Module, input: Tensor): ListedOutput[] {
  const outputs = new Map<string, ListedOutput>()
  observe(model, input, (path, module, { shape }) => outputs.set(path, { path, type: module.constructor.name, shape }))
  return [...outputs.values()]
}

/** Run the network once in evaluation mode, without recording gradients. */
function observe(
  model: Module,
  input: Tensor,
  onOutput: (path: string, module: AnyModule, output: Tensor) => void,
): void {
  const remove = model.onForward((path, module, _, output) => {
    if (output instanceof Tensor) onOutput(path, module, output)
  })
  try {
    evaluating(model, () => scope(() => noGrad(() => void model.call(input))))
  } finally {
    remove()
  }
}
