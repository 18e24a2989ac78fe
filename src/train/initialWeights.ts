import { Linear } from '../nn/linear.js'
import type { Module } from '../nn/module.js'
import { DataError } from '../tensor/errors.js'
import type { StateDict } from '../tensor/stateDict.js'
import { describeMisfit, summarizeNames } from './trained/describeMisfit.js'
import { type FittedWeights, fitWeights } from './trained/fitWeights.js'
import { layerOf, shapesOf } from './trained/modelShapes.js'
import { readWeights } from './weights.js'

/**
 * Start a model from a run's or a file's weights. A classifier for another number of classes, or of other layers, keeps
 * its initial values; whatever else does not fit is an error.
 * @param path the folder of a run, or a file
 * @param options `model`: name in the registry, for files that name tensors as other tools do; `onNote`: told what was done
 * to make them fit, and what keeps its initial values, a line each
 */
export function startFrom(
  model: Module,
  path: string,
  {
    model: name,
    onNote = () => {},
  }: { model?: string | undefined; onNote?: ((text: string) => void) | undefined } = {},
): void {
  const { file, weights } = readWeights(path)
  const shapes = shapesOf(model)
  const fitted = fitWeights(weights, shapes, { model: name })
  for (const note of fitted.notes) onNote(`${file}: ${note}`)
  refuseOther(model, fitted, file)
  const own = model.stateDict()
  const taken = fitted.weights
  const { missing, wrongShape, unexpected } = fitted.report
  const others = wrongShape.map((text) => text.split(' ')[0]!)
  const head = hasOtherClasses(own, taken, shapes.head) ? [`${shapes.head}.weight`, `${shapes.head}.bias`] : []
  if (head.length > 0) {
    const [before, now] = [taken, own].map((dict) => dict[head[0]!]!.shape[0])
    onNote(`${file} is for ${before} classes, here there are ${now}: ${head.join(' and ')} start anew`)
  }
  const anew = [...missing, ...others]
  if (anew.length > 0) {
    onNote(
      `${file}: ${fitted.taken} tensors taken; ${anew.join(', ')} start anew; left out: ${summarizeNames(unexpected)}`,
    )
  }
  for (const key of head) delete taken[key]
  model.loadStateDict(taken, { strict: false })
}

/** Only linear layers may be other ones, and not all that there is. */
function refuseOther(model: Module, fitted: FittedWeights, file: string): void {
  const linear = new Set(
    [...model.namedModules()].flatMap(([path, module]) => (module instanceof Linear ? [path] : [])),
  )
  const { missing, wrongShape, unexpected } = fitted.report
  const inNetwork = [...missing, ...wrongShape].filter((text) => !linear.has(layerOf(text.split(' ')[0]!)))
  const tooMany = unexpected.filter((name) => !fitted.aside.includes(name) && !isClassifier(name))
  if (fitted.taken > 0 && inNetwork.length === 0 && tooMany.length === 0) return
  throw new DataError(
    `${file}: the weights do not fit the model: ${describeMisfit(fitted).join('; ')} (ghostgrad import ${file} lists all)`,
  )
}

const isClassifier = (name: string): boolean => /(^|\.)(classifier|fc|head|linear|last_linear|output)(\.|$)/.test(name)

function hasOtherClasses(own: StateDict, weights: StateDict, head: string | undefined): boolean {
  const [a, b] = [own[`${head}.weight`]?.shape[0], weights[`${head}.weight`]?.shape[0]]
  return a !== undefined && b !== undefined && a !== b
}
