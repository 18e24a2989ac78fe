import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadDetector } from '../detect/train/detectorFile.js'
import { createModel } from '../models/registry.js'
import { summarize } from '../nn/summary.js'
import { withBackend } from '../tensor/backend.js'
import { DataError } from '../tensor/errors.js'
import { MetaBackend } from '../tensor/meta/metaBackend.js'
import { runFiles } from '../train/weights.js'

/** A row of Table 8 of the paper, as printed: on MS COCO, FLOPs of the backbone at 224 × 224 pixels. */
export interface Table8Row {
  detector: 'retinanet' | 'faster-rcnn'
  backbone: string
  width: number
  label: string
  /** Millions. */
  flops: number
  map: number
}

const backbones = [
  {
    backbone: 'mobilenetv2',
    width: 1,
    label: 'MobileNetV2 1.0×',
    flops: 300,
    map: { retinanet: 26.7, 'faster-rcnn': 27.5 },
  },
  {
    backbone: 'mobilenetv3-large',
    width: 1,
    label: 'MobileNetV3 1.0×',
    flops: 219,
    map: { retinanet: 26.4, 'faster-rcnn': 26.9 },
  },
  {
    backbone: 'ghostnet',
    width: 1.1,
    label: 'GhostNet 1.1×',
    flops: 164,
    map: { retinanet: 26.6, 'faster-rcnn': 26.9 },
  },
] as const

export const table8: readonly Table8Row[] = (['retinanet', 'faster-rcnn'] as const).flatMap((detector) =>
  backbones.map(({ map, ...row }) => ({ ...row, detector, map: map[detector] })),
)

/** Multiply-adds of a row's backbone as the paper counts them: the classifier for 1000 classes at 224 × 224 pixels. */
export function backboneMacs({ backbone, width }: Pick<Table8Row, 'backbone' | 'width'>): number {
  const size = backbone === 'ghostnet' ? { inputSize: 224 } : {}
  return withBackend(new MetaBackend(), () => {
    return summarize(createModel(backbone, { width, numClasses: 1000, seed: 0, ...size }), [3, 224, 224]).macs
  })
}

/** The best epoch of a run, with its row. */
export interface DetectionResult {
  folder: string
  detector: string
  backbone: string
  width: number
  data: string
  epoch: number
  ap: number
  ap50: number
}

/** What a detector's run reached, by its log. @throws DataError if there is no evaluated epoch in it */
export function detectionResult(folder: string): DetectionResult {
  const { facts } = loadDetector(folder)
  const [header = '', ...lines] = readFileSync(join(folder, runFiles.metrics), 'utf8').trim().split('\n')
  const names = header.split(',')
  const evaluated = lines.flatMap((line) => {
    const cells = new Map(line.split(',').map((cell, i) => [names[i], cell]))
    const [epoch, ap, ap50] = ['epoch', 'ap', 'ap50'].map((name) => Number.parseFloat(cells.get(name) ?? ''))
    return Number.isFinite(ap) && Number.isFinite(ap50) ? [{ epoch: epoch!, ap: ap!, ap50: ap50! }] : []
  })
  if (evaluated.length === 0) throw new DataError(`${folder}: no epoch of this run has been evaluated`)
  const best = evaluated.reduce((a, b) => (b.ap > a.ap ? b : a))
  const { detector, backbone, backboneOptions, data } = facts
  return { folder, detector, backbone, width: backboneOptions.width ?? 1, data, ...best }
}
