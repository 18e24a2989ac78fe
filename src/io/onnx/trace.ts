import { enableGrad } from '../../autograd/gradMode.js'
import { TapeNode } from '../../autograd/op.js'
import type { Module } from '../../nn/module.js'
import { Tensor } from '../../tensor/tensor.js'

/** One forward pass as the tape recorded it. */
export interface Trace {
  readonly input: Tensor
  readonly output: Tensor
  /** The operations that the output depends on, in the order in which they ran. */
  readonly nodes: readonly TapeNode[]
  /** The innermost module that each operation ran in, by its path in the model. */
  readonly paths: ReadonlyMap<TapeNode, string>
}

/** Run `model` on `input` with recording on. `input` must ask for its gradient, so that all that depends on it is recorded. */
export function traceForward(model: Module, input: Tensor): Trace {
  const paths = new Map<TapeNode, string>()
  const remove = model.onForward((path, _, inputs, output) => {
    if (!(output instanceof Tensor)) return
    for (const node of between(output, new Set(tensorsIn(inputs)))) if (!paths.has(node)) paths.set(node, path)
  })
  try {
    const output = enableGrad(() => model.call(input))
    return { input, output, nodes: between(output, new Set()).sort((a, b) => a.id - b.id), paths }
  } finally {
    remove()
  }
}

/** Let go of what the tape held for a backward pass. */
export function releaseTrace({ nodes }: Trace): void {
  for (const node of nodes) node.release()
}

/** The operations that lead from `starts`, or from leaves, to `output`. */
function between(output: Tensor, starts: ReadonlySet<Tensor>): TapeNode[] {
  const found = new Set<TapeNode>()
  const open = [output]
  for (let x = open.pop(); x; x = open.pop()) {
    if (starts.has(x) || !(x.node instanceof TapeNode) || found.has(x.node)) continue
    found.add(x.node)
    open.push(...x.node.inputs)
  }
  return [...found]
}

/** The tensors among a module's arguments, or in options among them (the residual of a batch norm). */
const tensorsIn = (args: readonly unknown[]): Tensor[] =>
  args.flatMap((arg) => {
    if (arg instanceof Tensor) return [arg]
    return arg !== null && typeof arg === 'object' ? Object.values(arg).filter((v) => v instanceof Tensor) : []
  })
