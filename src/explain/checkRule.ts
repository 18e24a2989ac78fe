import { checkElements, type ElementCheck, enoughIn } from '../autograd/checkElements.js'
import type { TapeNode } from '../autograd/op.js'
import { exact, exactInput, rerunner } from '../autograd/rerun.js'
import { scopeWith } from '../tensor/memory.js'
import type { NdArray } from '../tensor/ndarray.js'

const nothing = () => []

/**
 * Compare what a node's rule gave with differences of Σ dy · y by each input, with dy held.
 * @param samples how many elements of each: the one with the largest gradient, then random ones
 * @returns for each input, null where it has no gradient
 */
export function checkRule(
  node: TapeNode,
  dy: NdArray,
  gradients: readonly (NdArray | null)[],
  samples: number | undefined,
): (ElementCheck[] | null)[] {
  return scopeWith(() => {
    const inputs = node.inputs.map((_, i) => exactInput(node, i))
    const weights = dy.backend.read(dy)
    const run = rerunner(node)
    const outputWith = (i: number, values: ArrayLike<number>): ArrayLike<number> =>
      scopeWith(() => exact.read(run(inputs.with(i, exact.fromValues(values, inputs[i]!.shape)))), nothing)
    return gradients.map((gradient, i) => {
      if (!gradient) return null
      const { backend, shape } = gradient
      const enough = enoughIn[backend.dtype]
      const f = (values: ArrayLike<number>) => outputWith(i, values)
      return checkElements(f, exact.read(inputs[i]!), backend.read(gradient), shape, { weights, enough, samples })
    })
  }, nothing)
}
