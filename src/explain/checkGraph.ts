import type { TapeNode } from '../autograd/op.js'
import { Replay } from '../autograd/replay.js'
import type { FloatArray } from '../tensor/ndarray.js'
import { sizeOf } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import { checkElements, enoughIn } from './checkRule.js'
import type { ElementCheck } from './explanation.js'

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
  const replay = new Replay(tape.at(-1)!)
  return (leaf, gradient) =>
    checkElements((values) => replay.with(new Map([[leaf, values]])), replay.read(leaf), gradient, leaf.shape, {
      weights: [1],
      enough: enoughIn[leaf.array.backend.dtype],
      samples,
    })
}
