import { computeBatchNorm } from '../pictures/batchNorm.values.js'
import { computeBoundary } from '../pictures/boundary.values.js'
import { computeBroadcasting } from '../pictures/broadcasting.values.js'
import { computeConvolution } from '../pictures/convolution.values.js'
import { computeCost } from '../pictures/cost.values.js'
import { computeDepth } from '../pictures/depth.values.js'
import { computeDescent } from '../pictures/descent.values.js'
import { computeGhosts } from '../pictures/ghosts.values.js'
import { computeSpeed } from '../pictures/speed.values.js'
import { computeTape } from '../pictures/tape.values.js'

const pictures: Readonly<Record<string, (parameters: never) => unknown>> = {
  ...{
    tape: computeTape,
    broadcasting: computeBroadcasting,
    boundary: computeBoundary,
    convolution: computeConvolution,
  },
  ...{ 'batch-norm': computeBatchNorm, ghosts: computeGhosts, descent: computeDescent, speed: computeSpeed },
  ...{ depth: computeDepth, cost: computeCost },
}

/** The values of a picture, from the engine. */
export function computePicture(name: string, parameters: Readonly<Record<string, unknown>>): unknown {
  const compute = pictures[name]
  if (!compute) throw new Error(`no picture is called "${name}"`)
  return compute(parameters as never)
}
