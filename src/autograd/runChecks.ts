import { withBackend } from '../tensor/backend.js'
import { Generator } from '../tensor/random.js'
import { ReferenceBackend } from '../tensor/reference/referenceBackend.js'
import { positionOf } from '../tensor/shape.js'
import { scope, type Tensor } from '../tensor/tensor.js'
import { nodesNewestFirst } from './backward.js'
import { gradcheck } from './gradcheck.js'
import { TapeNode } from './op.js'

/** A function whose gradients can be compared with differences. */
export interface Check {
  /** The operation or layer. */
  subject: string
  /** With what is special about this check: `conv2d: stride 2`. */
  name: string
  /** On the current backend. The inputs are kept from kinks; `names` says what they are called. */
  make(generator: Generator): { fn: (...inputs: Tensor[]) => Tensor; inputs: Tensor[]; names: string[] }
  /** Change what the function reads of the host, beside its inputs, such as labels. */
  change?: ((generator: Generator) => void) | undefined
}

export interface CheckRow {
  name: string
  /** As `GradcheckResult.worst`; below 1e-6 for a right rule. */
  worstError: number
  /** Which input has the worst error, at which element, and both derivatives there. */
  input: string
  index: number[]
  analytic: number
  numeric: number
  /** The rules that ran, by operation. */
  rules: Record<string, string>
}

/** Smaller than `gradcheck`'s own: batch norm over the few numbers of a check bends much on its way. */
const step = 1e-5

/** Run checks on the float64 reference backend. */
export const runChecks = (checks: readonly Check[]): CheckRow[] =>
  withBackend(new ReferenceBackend('float64'), () => checks.map(runCheck))

function runCheck({ name, make }: Check): CheckRow {
  return scope(() => {
    const { fn, inputs, names } = make(new Generator(0))
    const { worst, where, analytic, numeric } = gradcheck(fn, inputs, { step })
    const index = positionOf(where.index, inputs[where.input]!.shape)
    return {
      name,
      worstError: worst,
      input: names[where.input]!,
      index,
      analytic,
      numeric,
      rules: rulesOf(fn(...inputs)),
    }
  })
}

function rulesOf({ node }: Tensor): Record<string, string> {
  if (!(node instanceof TapeNode)) return {}
  return Object.fromEntries(nodesNewestFirst(node).map(({ op }) => [op.name, op.rule]))
}
