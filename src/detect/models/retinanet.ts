import * as F from '../../autograd/functional.js'
import { ReLU } from '../../nn/activation.js'
import { Conv2d } from '../../nn/conv2d.js'
import { constant, normal, type RandomInit } from '../../nn/init.js'
import { Module } from '../../nn/module.js'
import { Sequential } from '../../nn/sequential.js'
import type { Tensor } from '../../tensor/tensor.js'
import { type Boxes, clipBoxes, takeBoxes } from '../boxes/boxes.js'
import { decodeBoxes, encodeBoxes } from '../boxes/coding.js'
import { background, matchBoxes } from '../boxes/match.js'
import { byScore, nms } from '../boxes/nms.js'
import { type AnchorShape, anchorsAPlace, makeAnchors } from './anchors.js'
import { type DetectOptions, Detector, type Found, type Losses, type Target } from './detector.js'
import { PyramidBackbone, type PyramidOptions, planesOf } from './pyramidBackbone.js'
import { anchorRows } from './rows.js'

/** Options of `RetinaNet`. */
export interface RetinaNetOptions extends PyramidOptions {
  numClasses: number
  /** Side of the smallest anchor of a level, in strides; default 4. */
  anchorScale?: number | undefined
  /** What P6 is made of: C5 (default), or P5 as in torchvision. */
  extra?: 'c5' | 'p5'
}

const thresholds = { positive: 0.5, negative: 0.4, keepsBest: true }
const ratios = [0.5, 1, 2]
const prior = 0.01
const beta = 0.11
/** Of a level, those with the best scores. */
const mostCandidates = 1000

/** A 3×3 convolution whose weights start as N(0, 0.01²), biases at 0. */
function headConv(inp: number, oup: number, { generator }: RandomInit): Conv2d {
  const conv = new Conv2d(inp, oup, 3, { padding: 1, generator })
  normal(conv.weight, 0, 0.01, { generator })
  constant(conv.bias!, 0)
  return conv
}

const tower = (channels: number, options: RandomInit): Sequential =>
  new Sequential(...Array.from({ length: 4 }, () => new Sequential(headConv(channels, channels, options), new ReLU())))

class ClassificationHead extends Module<[maps: readonly Tensor[]], Tensor[]> {
  readonly conv: Sequential
  readonly clsLogits: Conv2d

  constructor(channels: number, outputs: number, options: RandomInit) {
    super()
    this.conv = tower(channels, options)
    this.clsLogits = headConv(channels, outputs, options)
    constant(this.clsLogits.bias!, -Math.log((1 - prior) / prior))
  }

  forward(maps: readonly Tensor[]): Tensor[] {
    return maps.map((map) => this.clsLogits.call(this.conv.call(map)))
  }
}

class RegressionHead extends Module<[maps: readonly Tensor[]], Tensor[]> {
  readonly conv: Sequential
  readonly bboxReg: Conv2d

  constructor(channels: number, outputs: number, options: RandomInit) {
    super()
    this.conv = tower(channels, options)
    this.bboxReg = headConv(channels, outputs, options)
  }

  forward(maps: readonly Tensor[]): Tensor[] {
    return maps.map((map) => this.bboxReg.call(this.conv.call(map)))
  }
}

class RetinaNetHead extends Module<[maps: readonly Tensor[]], RetinaNetRows> {
  readonly classificationHead: ClassificationHead
  readonly regressionHead: RegressionHead
  readonly #numClasses: number

  constructor(channels: number, anchors: number, numClasses: number, options: RandomInit) {
    super()
    this.classificationHead = new ClassificationHead(channels, anchors * numClasses, options)
    this.regressionHead = new RegressionHead(channels, anchors * 4, options)
    this.#numClasses = numClasses
  }

  forward(maps: readonly Tensor[]): RetinaNetRows {
    return {
      logits: anchorRows(this.classificationHead.call(maps), this.#numClasses),
      codes: anchorRows(this.regressionHead.call(maps), 4),
    }
  }
}

interface RetinaNetRows {
  /** (N, anchors, classes) */
  logits: Tensor
  /** (N, anchors, 4) */
  codes: Tensor
}

/**
 * RetinaNet (Lin et al. 2017, https://arxiv.org/abs/1708.02002): on each level of a feature pyramid (P3 … P7) two towers of four 3×3
 * convolutions, shared by all levels, say for 9 anchors a place of which class they are and how they are to be moved.
 *
 *     loss = Σ focal(logits, class) / positives + Σ smoothL1(codes, encode(truth, anchor), β = 0.11) / positives
 *
 * An anchor is positive where it overlaps a truth by 0.5 or more, or more than all others do, and negative below 0.4; between, it does not
 * count. State dicts have the names of torchvision's retinanet_resnet50_fpn.
 *
 * `forward`: (N, 3, H, W) → (N, anchors, classes + 4): logits, and box codes (dx, dy, log dw, log dh).
 */
export class RetinaNet extends Detector {
  readonly backbone: PyramidBackbone
  readonly head: RetinaNetHead
  readonly numClasses: number
  readonly #anchorShapes: readonly AnchorShape[]

  constructor(options: RetinaNetOptions) {
    super()
    const { numClasses, anchorScale = 4, extra = 'c5', fpnChannels = 256, generator } = options
    this.numClasses = numClasses
    this.backbone = new PyramidBackbone(options, extra, 3)
    this.#anchorShapes = this.backbone.strides.map((stride) => ({
      sizes: [0, 1, 2].map((octave) => Math.trunc(anchorScale * stride * 2 ** (octave / 3))),
      ratios,
    }))
    const anchors = anchorsAPlace(this.#anchorShapes[0]!)
    this.head = new RetinaNetHead(fpnChannels, anchors, numClasses, { generator })
  }

  forward(x: Tensor): Tensor {
    const { logits, codes } = this.head.call(this.backbone.call(x))
    return F.concat([logits, codes], 2)
  }

  losses(x: Tensor, targets: readonly Target[]): Losses {
    const maps = this.backbone.call(x)
    const { logits, codes } = this.head.call(maps)
    const { classes, weights, boxCodes, boxWeights } = this.#assign(this.#anchors(maps, x), targets)
    return {
      class: F.sigmoidFocalLoss(logits, classes, { weight: weights, reduction: 'sum' }),
      box: F.smoothL1Loss(codes, boxCodes, { beta, weight: boxWeights, reduction: 'sum' }),
    }
  }

  detect(x: Tensor, sizes: readonly (readonly [number, number])[], options: DetectOptions = {}): Found[] {
    const maps = this.backbone.call(x)
    const { logits, codes } = this.head.call(maps)
    const anchors = this.#anchors(maps, x)
    const perLevel = planesOf(maps).map(([height, width], i) => height * width * anchorsAPlace(this.#anchorShapes[i]!))
    const [N, A, K] = logits.shape as [number, number, number]
    const logitValues = logits.data
    const codeValues = codes.data
    return Array.from({ length: N }, (_, n) => {
      const own = logitValues.subarray(n * A * K, (n + 1) * A * K)
      const ownCodes = codeValues.subarray(n * A * 4, (n + 1) * A * 4)
      return finish(own, ownCodes, anchors, perLevel, K, sizes[n]!, options)
    })
  }

  #anchors(maps: readonly Tensor[], x: Tensor): Boxes {
    return makeAnchors(this.#anchorShapes, planesOf(maps), [x.shape[2]!, x.shape[3]!])
  }

  /** What the outputs of all anchors of a batch should be, and what they count. */
  #assign(anchors: Boxes, targets: readonly Target[]) {
    const A = anchors.length / 4
    const K = this.numClasses
    const matches = targets.map(({ boxes }) => matchBoxes(anchors, boxes, thresholds))
    const positives = matches.reduce((sum, list) => sum + list.reduce((n, match) => n + Number(match >= 0), 0), 0)
    const share = 1 / Math.max(1, positives)
    const classes = new Float32Array(targets.length * A * K)
    const weights = new Float64Array(targets.length * A * K)
    const boxCodes = new Float64Array(targets.length * A * 4)
    const boxWeights = new Float64Array(targets.length * A * 4)
    targets.forEach(({ boxes, labels }, n) => {
      matches[n]!.forEach((match, a) => {
        const row = n * A + a
        if (match >= 0 || match === background) weights.fill(share, row * K, (row + 1) * K)
        if (match < 0) return
        classes[row * K + labels[match]!] = 1
        boxCodes.set(encodeBoxes(takeBoxes(boxes, [match]), takeBoxes(anchors, [a])), 4 * row)
        boxWeights.fill(share, 4 * row, 4 * row + 4)
      })
    })
    return { classes, weights, boxCodes, boxWeights }
  }
}

/** The boxes of one image: of each level the best candidates, decoded, and of those that overlap the best. */
function finish(
  logits: Float32Array,
  codes: Float32Array,
  anchors: Boxes,
  perLevel: readonly number[],
  K: number,
  [height, width]: readonly [number, number],
  { scoreThreshold = 0.05, nmsThreshold = 0.5, most = 100 }: DetectOptions,
): Found {
  const least = Math.log(scoreThreshold / (1 - scoreThreshold))
  const candidates: number[] = [] // anchor · K + class
  let start = 0
  for (const count of perLevel) {
    const above: number[] = []
    for (let i = start * K; i < (start + count) * K; i++) if (logits[i]! > least) above.push(i)
    const order = byScore(above.map((i) => logits[i]!)).subarray(0, mostCandidates)
    for (const i of order) candidates.push(above[i]!)
    start += count
  }
  const rows = candidates.map((i) => Math.floor(i / K))
  const ownCodes = takeBoxes(Float64Array.from(codes), rows)
  const boxes = clipBoxes(decodeBoxes(ownCodes, takeBoxes(anchors, rows)), width, height)
  const scores = candidates.map((i) => 1 / (1 + Math.exp(-logits[i]!)))
  const labels = candidates.map((i) => i % K)
  const kept = nms(boxes, scores, nmsThreshold, labels, most)
  return {
    boxes: takeBoxes(boxes, kept),
    scores: Float64Array.from(kept, (i) => scores[i]!),
    labels: Int32Array.from(kept, (i) => labels[i]!),
  }
}
