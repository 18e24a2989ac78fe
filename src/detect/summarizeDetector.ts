import { summarize } from '../nn/summary.js'
import { withBackend } from '../tensor/backend.js'
import { MetaBackend } from '../tensor/meta/metaBackend.js'
import { createDetector, type DetectorOptions } from './models/createDetector.js'
import { FasterRcnn } from './models/fasterRcnn.js'

/** Weights and multiply-adds of one part of a detector. */
export interface DetectorPart {
  name: string
  params: number
  macs: number
}

/** Regions of an image that the second stage is counted for. */
const regions = 1000

/**
 * What the parts of a detector cost for one image of a size, pixels: of convolutions and linear layers, as in `summarize`. The second stage
 * of Faster R-CNN is counted for 1000 regions.
 */
export function summarizeDetector(
  options: DetectorOptions,
  [height, width]: readonly [number, number],
): DetectorPart[] {
  return withBackend(new MetaBackend(), () => {
    const model = createDetector(options)
    const { layers } = summarize(model, [3, height, width])
    const parts = new Map<string, DetectorPart>()
    const partOf = (name: string): string =>
      name.startsWith('backbone.body.')
        ? 'backbone'
        : name.startsWith('backbone.fpn.')
          ? 'pyramid'
          : name
              .split('.')
              .slice(0, name.startsWith('head.') ? 2 : 1)
              .join('.')
    const add = (name: string, params: number, macs: number): void => {
      const part = parts.get(name) ?? { name, params: 0, macs: 0 }
      parts.set(name, { name, params: part.params + params, macs: part.macs + macs })
    }
    for (const [name, { size }] of model.namedParameters()) add(partOf(name), size, 0)
    for (const { name, macs } of layers) add(partOf(name), 0, macs)
    if (model instanceof FasterRcnn) {
      const { boxHead, boxPredictor } = model.roiHeads
      const linear = [boxHead.fc6, boxHead.fc7, boxPredictor.clsScore, boxPredictor.bboxPred]
      add('roi_heads', 0, regions * linear.reduce((sum, { weight }) => sum + weight.size, 0))
    }
    return [...parts.values()]
  })
}
