import type { RandomInit } from '../../nn/init.js'
import type { BackboneOptions } from './backbones.js'
import type { Detector } from './detector.js'
import { FasterRcnn } from './fasterRcnn.js'
import { RetinaNet } from './retinanet.js'

export interface DetectorOptions extends RandomInit {
  detector: 'retinanet' | 'faster-rcnn'
  backbone: string
  backboneOptions: BackboneOptions
  numClasses: number
  fpnChannels: number
  anchorScale?: number | undefined
  regionSamples: number
  hidden: number
}

/** A detector by name. */
export function createDetector({ detector, ...options }: DetectorOptions): Detector {
  return detector === 'retinanet' ? new RetinaNet(options) : new FasterRcnn(options)
}
