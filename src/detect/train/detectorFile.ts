import { z } from 'zod'
import type { StateDict } from '../../nn/stateDict.js'
import { DataError } from '../../tensor/errors.js'
import { applyWeights, readWeights } from '../../train/weights.js'
import { createDetector } from '../models/createDetector.js'
import type { Detector } from '../models/detector.js'
import type { DetectConfig } from './detectConfig.js'

/** What a detector's weights file says of itself. */
const factsSchema = z.object({
  detector: z.enum(['retinanet', 'faster-rcnn']),
  backbone: z.string(),
  backboneOptions: z.object({ width: z.number().optional(), s: z.number().optional(), d: z.number().optional() }),
  fpnChannels: z.number(),
  anchorScale: z.number().optional(),
  regionSamples: z.number(),
  hidden: z.number(),
  classes: z.array(z.string()),
  imageSize: z.number(),
  data: z.string(),
})

export type DetectorFacts = z.infer<typeof factsSchema>

export function factsOf(config: DetectConfig, classes: readonly string[]): DetectorFacts {
  const { detector, backbone, width, s, d, fpnChannels, anchorScale, regionSamples, hidden, imageSize, data } = config
  const backboneOptions = { width, s, d }
  return {
    ...{ detector, backbone, backboneOptions, fpnChannels, anchorScale, regionSamples, hidden, imageSize, data },
    classes: [...classes],
  }
}

/** As metadata of the file. */
export const detectorInfo = (facts: DetectorFacts): Record<string, string> => ({
  model: facts.detector,
  classes: JSON.stringify(facts.classes),
  detector: JSON.stringify(facts),
})

/** A detector from a run's folder or a file of it, in evaluation mode. @throws DataError if there is none in it */
export function loadDetector(path: string): { model: Detector; facts: DetectorFacts; file: string } {
  const { file, weights, info } = readWeights(path)
  const facts = parseFacts(file, (info as Record<string, string>).detector)
  const model = createDetector({ ...facts, numClasses: facts.classes.length })
  applyWeights(model, weights, file)
  return { model: model.eval(), facts, file }
}

function parseFacts(file: string, json: string | undefined): DetectorFacts {
  try {
    return factsSchema.parse(JSON.parse(json ?? ''))
  } catch {
    throw new DataError(`${file}: not the weights of a detector that ghostgrad trained`)
  }
}

/** Start a detector's backbone from a classifier of the same network: its head is left out. */
export function startBackbone(
  model: Detector & { backbone: { body: { stateDict(): StateDict } } },
  path: string,
): void {
  const { file, weights } = readWeights(path)
  const body = model.backbone.body as unknown as Parameters<typeof applyWeights>[0]
  const own = Object.keys(body.stateDict())
  const fitting = Object.fromEntries(own.flatMap((name) => (weights[name] ? [[name, weights[name]]] : [])))
  applyWeights(body, fitting, file)
}
