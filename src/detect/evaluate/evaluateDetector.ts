import { setImmediate } from 'node:timers/promises'
import { noGrad } from '../../autograd/gradMode.js'
import { tensor } from '../../tensor/create.js'
import { scope } from '../../tensor/tensor.js'
import type { LabelledImage } from '../data/detectionData.js'
import type { DetectionLoader } from '../data/detectionLoader.js'
import type { Detector, Found } from '../models/detector.js'
import { type Detection, type DetectionScores, evaluateDetections, type Truth } from './cocoMap.js'

/** Find objects in all images of a loader, in evaluation mode, and compare them with the truth; the mode is left as it was. */
export async function evaluateDetector(
  model: Detector,
  loader: DetectionLoader,
  { onBatch, signal }: { onBatch?: ((images: number) => void) | undefined; signal?: AbortSignal | undefined } = {},
): Promise<DetectionScores & { detections: Detection[][] }> {
  const modes = Array.from(model.namedModules(), ([, module]) => ({ module, training: module.training }))
  model.eval()
  try {
    const detections: Detection[][] = []
    for (let step = 0; step < loader.stepsPerEpoch; step++) {
      signal?.throwIfAborted()
      const { images, shape, indexes } = loader.batch(0, step)
      const found = scope(() =>
        noGrad(() =>
          model.detect(
            tensor(images, shape),
            indexes.map((index) => loader.sizeOf(index)),
          ),
        ),
      )
      detections.push(...found.map((boxes, i) => inOriginal(boxes, loader.scaleOf(indexes[i]!))))
      onBatch?.(detections.length)
      await setImmediate()
    }
    const images = loader.set.images.map((image, i) => ({ truths: truthsOf(image), detections: detections[i]! }))
    const categories = loader.set.classes.map((_, label) => label)
    return { ...evaluateDetections(images, categories), detections }
  } finally {
    for (const { module, training } of modes) module.training = training
  }
}

/** What was found, in pixels of the original image. */
export const inOriginal = ({ boxes, scores, labels }: Found, scale: number): Detection[] =>
  Array.from(scores, (score, i) => {
    const [x1, y1, x2, y2] = boxes.subarray(4 * i, 4 * i + 4).map((value) => value / scale) as unknown as number[]
    return { box: [x1!, y1!, x2! - x1!, y2! - y1!], category: labels[i]!, score }
  })

const truthsOf = ({ boxes, labels, areas, crowds }: LabelledImage): Truth[] =>
  Array.from(labels, (category, i) => {
    const [x1, y1, x2, y2] = boxes.subarray(4 * i, 4 * i + 4) as unknown as number[]
    return { box: [x1!, y1!, x2! - x1!, y2! - y1!], category, area: areas[i]!, isCrowd: crowds[i]! }
  })
