import { checkElements, type ElementCheck, enoughIn } from '../autograd/checkElements.js'
import type { TapeNode } from '../autograd/op.js'
import { Rerun } from '../autograd/rerun.js'
import type { FloatArray } from '../tensor/ndarray.js'
import { sizeOf } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'

/** Leaves are compared where the results of all operations together are at most this many numbers. */
const small = 2000

/**
 * A function that compares a leaf's gradient with differences of the loss itself, by running the graph again: none in a large
 * graph.
 * @param tape oldest first
 * @param samples how many elements of each leaf; by default all of a small one, a few of another
 */
export function graphCheck(
  tape: readonly TapeNode[],
  samples: number | undefined,
): (leaf: Tensor, gradient: FloatArray) => ElementCheck[] {
  if (tape.reduce((sum, { shape }) => sum + sizeOf(shape), 0) > small) return () => []
  const rerun = new Rerun(tape.at(-1)!)
  return (leaf, gradient) =>
    checkElements((values) => rerun.with(new Map([[leaf, values]])), rerun.read(leaf), gradient, leaf.shape, {
      weights: [1],
      enough: enoughIn[leaf.array.backend.dtype],
      samples,
    })
}
