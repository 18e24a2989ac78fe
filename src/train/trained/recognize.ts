import type { ModelOptions } from '../../models/options.js'
import { listModels, type ModelInfo } from '../../models/registry.js'
import type { Shape } from '../../tensor/shape.js'
import type { StateDict } from '../../tensor/stateDict.js'
import { type FittedWeights, fitWeights } from './fitWeights.js'
import { layerOf, type ModelShapes, modelShapes } from './modelShapes.js'

/** A network that weights fit. */
export interface Recognized {
  model: string
  /** Without the number of classes, which the weights say. */
  options: ModelOptions
  fitted: FittedWeights
}

interface Variant {
  model: string
  options: ModelOptions
}

const widths = [1, 0.25, 0.35, 0.5, 0.75, 1.25, 1.3, 1.4, 1.5, 2]

/** The forms of each network that are looked at: all widths, Ghost ratios and groups that are in use. */
function variants(models: readonly ModelInfo[]): Variant[] {
  return models.flatMap(({ name: model, options }): Variant[] => {
    const takes = (option: keyof ModelOptions) => options.includes(option)
    if (model === 'shufflenetv2')
      return [1, 0.5, 1.5, 2].map((width) => ({ model, options: width === 1 ? {} : { width } }))
    if (takes('s')) {
      return [2, 3, 4, 5].flatMap((s) =>
        [3, 1, 5, 7].map((d) => ({ model, options: s === 2 && d === 3 ? {} : { s, d } })),
      )
    }
    const stems = takes('fixedStem') ? [0.35, 0.5].map((width) => ({ model, options: { width, fixedStem: true } })) : []
    const groups = takes('groups') ? [3, 1, 2, 4, 8] : [undefined]
    const factors = takes('width') ? widths : [1]
    const usual = groups.flatMap((group) =>
      factors.map((width) => ({
        model,
        options: {
          ...(width === 1 ? {} : { width }),
          ...(group === undefined || group === 3 ? {} : { groups: group }),
        } as ModelOptions,
      })),
    )
    return [...usual, ...stems]
  })
}

/** Sizes of the weights with at least two axes, as a multiset; ones at the end are left out. */
function countShapes(shapes: Iterable<Shape>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const shape of shapes) {
    if (shape.length < 2) continue
    const key = shape.join('×').replace(/(×1)+$/, '')
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

/** Whether a file has all the weights that a network needs, by shape, the classifier left aside. */
function mayFit({ shapes, head }: ModelShapes, given: ReadonlyMap<string, number>): boolean {
  const wanted = countShapes([...shapes].flatMap(([name, shape]) => (layerOf(name) === head ? [] : [shape])))
  return [...wanted].every(([key, count]) => (given.get(key) ?? 0) >= count)
}

export const fitsWhole = ({ report: { missing, wrongShape } }: FittedWeights): boolean =>
  missing.length === 0 && wrongShape.length === 0

/**
 * The networks of the registry that weights fit: those that they fill to the last tensor; if there is none, those that
 * they would fill by order and shape.
 */
export function recognize(weights: StateDict): { byName: Recognized[]; byOrder: Recognized[] } {
  const given = countShapes(Object.values(weights).map(({ shape }) => shape))
  const sum = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((total, count) => total + count, 0)
  // Every form of a network has as many layers: most networks are ruled out by the first one.
  const layers = sum(given)
  const countOf = ({ name }: ModelInfo) => sum(countShapes(modelShapes(name, {}).shapes.values()))
  const alike = listModels().filter((model) => countOf(model) === layers)
  const found = recognizeAmong(alike, weights, given)
  if (found.byName.length + found.byOrder.length > 0) return found
  return recognizeAmong(
    listModels().filter((model) => countOf(model) < layers),
    weights,
    given,
  )
}

function recognizeAmong(
  models: readonly ModelInfo[],
  weights: StateDict,
  given: ReadonlyMap<string, number>,
): { byName: Recognized[]; byOrder: Recognized[] } {
  const near = variants(models)
    .map((variant) => ({ ...variant, shapes: modelShapes(variant.model, variant.options) }))
    .filter(({ shapes }) => mayFit(shapes, given))
  const fitting = (byOrder: boolean): Recognized[] =>
    near
      .map(({ model, options, shapes }) => ({
        model,
        options,
        fitted: fitWeights(weights, shapes, { model, byOrder }),
      }))
      .filter(({ fitted }) => fitsWhole(fitted))
      .sort((a, b) => a.fitted.report.unexpected.length - b.fitted.report.unexpected.length)
  const byName = fitting(false)
  // A smaller network that lies in a larger one fits too, and leaves much over.
  const fewest = byName[0]?.fitted.report.unexpected.length ?? 0
  const best = byName.filter(({ fitted }) => fitted.report.unexpected.length === fewest)
  return { byName: best, byOrder: best.length > 0 ? [] : fitting(true) }
}

/** The two networks, in their usual form, that take most tensors of weights that fit none. */
export const nearest = (weights: StateDict): Recognized[] =>
  listModels()
    .map(({ name: model }) => ({ model, options: {}, shapes: modelShapes(model, {}) }))
    .map(({ model, options, shapes }) => {
      const fitted = fitWeights(weights, shapes, { model })
      return { model, options, fitted, share: fitted.taken / shapes.shapes.size }
    })
    .filter(({ share }) => share > 0.1)
    .sort((a, b) => b.share - a.share)
    .slice(0, 2)
