import * as F from '../../autograd/functional.js'
import type { RandomInit } from '../../nn/init.js'
import { Linear } from '../../nn/linear.js'
import { Module } from '../../nn/module.js'
import type { Generator } from '../../tensor/random.js'
import type { Tensor } from '../../tensor/tensor.js'
import { areaOf, type Boxes, clipBoxes, countBoxes, joinBoxes, takeBoxes } from '../boxes/boxes.js'
import { type CodeWeights, decodeBoxes, encodeBoxes } from '../boxes/coding.js'
import { matchBoxes } from '../boxes/match.js'
import { nms } from '../boxes/nms.js'
import { sample } from '../boxes/sample.js'
import { type DetectOptions, Detector, type Found, type Losses, type Target } from './detector.js'
import { PyramidBackbone, type PyramidOptions } from './pyramidBackbone.js'
import { hasSides, RegionProposals, type RpnRows } from './rpn.js'

/** Options of `FasterRcnn`. */
export interface FasterRcnnOptions extends PyramidOptions {
  numClasses: number
  /** Side of the anchors of a level, in strides; default 8. */
  anchorScale?: number | undefined
  /** Regions of an image that train the second stage; default 512. */
  regionSamples?: number
  /** Width of the two hidden layers of the second stage; default 1024. */
  hidden?: number
}

const thresholds = { positive: 0.5, negative: 0.5, keepsBest: false }
const positiveShare = 0.25
/** 1 / deviations of (dx, dy, log dw, log dh). */
const weights: CodeWeights = [10, 10, 5, 5]
const beta = 1
const poolSize = 7
/** Sides of found boxes that are too short to be of use, pixels. */
const leastSide = 1e-2
/** The side of the regions that are read from the finest level, in its strides, at most twice this. */
const canonical = 14

/** Two hidden layers on the features of a region: (regions, C, 7, 7) → (regions, hidden). */
class BoxHead extends Module {
  readonly fc6: Linear
  readonly fc7: Linear

  constructor(channels: number, hidden: number, { generator }: RandomInit) {
    super()
    this.fc6 = new Linear(channels * poolSize ** 2, hidden, { generator })
    this.fc7 = new Linear(hidden, hidden, { generator })
  }

  forward(x: Tensor): Tensor {
    return F.relu(this.fc7.call(F.relu(this.fc6.call(F.flatten(x)))))
  }
}

/** Of a region: logits of background and classes (regions, K + 1), and a move for each of them (regions, 4 (K + 1)). */
class BoxPredictor extends Module<[x: Tensor], { logits: Tensor; codes: Tensor }> {
  readonly clsScore: Linear
  readonly bboxPred: Linear

  constructor(hidden: number, numClasses: number, { generator }: RandomInit) {
    super()
    this.clsScore = new Linear(hidden, numClasses + 1, { generator })
    this.bboxPred = new Linear(hidden, 4 * (numClasses + 1), { generator })
  }

  forward(x: Tensor): { logits: Tensor; codes: Tensor } {
    return { logits: this.clsScore.call(x), codes: this.bboxPred.call(x) }
  }
}

/** Regions of the images of a batch. */
interface Regions {
  boxes: Boxes
  /** (regions,): their image's place in the batch */
  images: Int32Array
}

/** The second stage: what is in each region. */
export class RoiHeads extends Module<[maps: readonly Tensor[], regions: Regions], { logits: Tensor; codes: Tensor }> {
  readonly boxHead: BoxHead
  readonly boxPredictor: BoxPredictor
  readonly #strides: readonly number[]

  /** @param strides of the levels that regions are read from */
  constructor(channels: number, hidden: number, numClasses: number, strides: readonly number[], options: RandomInit) {
    super()
    this.boxHead = new BoxHead(channels, hidden, options)
    this.boxPredictor = new BoxPredictor(hidden, numClasses, options)
    this.#strides = strides
  }

  forward(maps: readonly Tensor[], { boxes, images }: Regions): { logits: Tensor; codes: Tensor } {
    const used = maps.slice(0, this.#strides.length)
    const scales = this.#strides.map((stride) => 1 / stride)
    const levels = Array.from(images, (_, i) => this.#levelOf(areaOf(boxes, i)))
    const features = F.roiAlign(used, { boxes, images, levels, scales, size: [poolSize, poolSize] })
    return this.boxPredictor.call(this.boxHead.call(features))
  }

  /** floor(log2(√area / 56)) for strides of 4, 8, 16, 32: small regions are read from fine levels. */
  #levelOf(area: number): number {
    const level = Math.floor(Math.log2(Math.sqrt(area) / (canonical * this.#strides[0]!)) + 1e-6)
    return Math.min(Math.max(level, 0), this.#strides.length - 1)
  }
}

/**
 * Faster R-CNN (Ren et al. 2015, https://arxiv.org/abs/1506.01497) on a feature pyramid (P2 … P6; Lin et al. 2017): a region proposal network
 * says where objects may be, and a second network what they are, from 7 × 7 features of each region by RoIAlign.
 *
 *     loss = that of the proposals + mean cross-entropy of the sampled regions + Σ smoothL1(codes of positives) / regions
 *
 * State dicts have the names of torchvision's fasterrcnn_resnet50_fpn; class 0 of the second stage is the background.
 *
 * `forward`: (N, 3, H, W) → (N, anchors, 5): the proposals' logit and code (dx, dy, log dw, log dh).
 */
export class FasterRcnn extends Detector {
  readonly backbone: PyramidBackbone
  readonly rpn: RegionProposals
  readonly roiHeads: RoiHeads
  readonly numClasses: number
  readonly #regionSamples: number

  constructor(options: FasterRcnnOptions) {
    super()
    const { numClasses, anchorScale = 8, regionSamples = 512, hidden = 1024, fpnChannels = 256, generator } = options
    this.numClasses = numClasses
    this.#regionSamples = regionSamples
    this.backbone = new PyramidBackbone(options, 'pool', 4)
    const { strides } = this.backbone
    this.rpn = new RegionProposals(fpnChannels, strides, anchorScale, { generator })
    this.roiHeads = new RoiHeads(fpnChannels, hidden, numClasses, strides.slice(0, -1), { generator })
  }

  forward(x: Tensor): Tensor {
    const { logits, codes } = this.rpn.call(this.backbone.call(x))
    return F.concat([logits, codes], 2)
  }

  losses(x: Tensor, targets: readonly Target[], generator: Generator): Losses {
    const { maps, rows, anchors, proposals } = this.#propose(x, null)
    const regions = targets.map((target, n) => this.#sampleRegions(proposals[n]!, target, generator))
    const { logits, codes } = this.roiHeads.call(maps, regionsOf(regions.map(({ boxes }) => boxes)))
    const labels = regions.flatMap(({ labels }) => labels)
    const K = this.numClasses + 1
    const boxCodes = new Float64Array(labels.length * K * 4)
    const boxWeights = new Float64Array(labels.length * K * 4)
    let row = 0
    for (const { boxes, labels: own, truths } of regions) {
      const wanted = encodeBoxes(truths, boxes, weights)
      own.forEach((label, i) => {
        const place = 4 * (row * K + label)
        if (label > 0) {
          boxCodes.set(wanted.subarray(4 * i, 4 * i + 4), place)
          boxWeights.fill(1 / labels.length, place, place + 4)
        }
        row++
      })
    }
    return {
      ...this.rpn.losses(rows, anchors, targets, generator),
      class: F.crossEntropy(logits, labels),
      box: F.smoothL1Loss(codes, boxCodes, { beta, weight: boxWeights, reduction: 'sum' }),
    }
  }

  detect(x: Tensor, sizes: readonly (readonly [number, number])[], options: DetectOptions = {}): Found[] {
    const { maps, proposals } = this.#propose(x, sizes)
    const { logits, codes } = this.roiHeads.call(maps, regionsOf(proposals))
    const probabilities = F.softmax(logits).data
    const moves = codes.data
    const K = this.numClasses + 1
    let first = 0
    return proposals.map((boxes, n) => {
      const count = countBoxes(boxes)
      const own = probabilities.subarray(first * K, (first + count) * K)
      const ownMoves = Float64Array.from(moves.subarray(4 * first * K, 4 * (first + count) * K))
      first += count
      return finish(own, ownMoves, boxes, K, sizes[n]!, options)
    })
  }

  #propose(
    x: Tensor,
    sizes: readonly (readonly [number, number])[] | null,
  ): { maps: Tensor[]; rows: RpnRows; anchors: Boxes; proposals: Boxes[] } {
    const [N, , H, W] = x.shape as [number, number, number, number]
    const maps = this.backbone.call(x)
    const rows = this.rpn.call(maps)
    const anchors = this.rpn.anchors(maps, [H, W])
    const within = sizes ?? Array.from({ length: N }, (): [number, number] => [H, W])
    return { maps, rows, anchors, proposals: this.rpn.propose(rows, anchors, maps, within) }
  }

  /** Regions of one image to train with, the truths among them, with what each is: 0 for background. */
  #sampleRegions(proposals: Boxes, { boxes, labels }: Target, generator: Generator) {
    const candidates = joinBoxes([proposals, boxes])
    const matches = matchBoxes(candidates, boxes, thresholds)
    const { positive, negative } = sample(matches, { count: this.#regionSamples, positiveShare }, generator)
    const chosen = [...positive, ...negative].sort((a, b) => a - b)
    const own = takeBoxes(candidates, chosen)
    return {
      boxes: own,
      labels: chosen.map((i) => (matches[i]! >= 0 ? labels[matches[i]!]! + 1 : 0)),
      /** Of each region; of background itself. */
      truths: joinBoxes(
        chosen.map((i) => (matches[i]! >= 0 ? takeBoxes(boxes, [matches[i]!]) : takeBoxes(candidates, [i]))),
      ),
    }
  }
}

const regionsOf = (perImage: readonly Boxes[]): Regions => ({
  boxes: joinBoxes(perImage),
  images: Int32Array.from(perImage.flatMap((boxes, n) => new Array<number>(countBoxes(boxes)).fill(n))),
})

/** The boxes of one image: every region moved as each class says, and of those that overlap the best. */
function finish(
  probabilities: Float32Array,
  codes: Float64Array,
  regions: Boxes,
  K: number,
  [height, width]: readonly [number, number],
  { scoreThreshold = 0.05, nmsThreshold = 0.5, most = 100 }: DetectOptions,
): Found {
  const candidates: number[] = [] // region · K + class
  for (let i = 0; i < probabilities.length; i++) {
    if (i % K > 0 && probabilities[i]! > scoreThreshold) candidates.push(i)
  }
  const references = takeBoxes(
    regions,
    candidates.map((i) => Math.floor(i / K)),
  )
  const boxes = clipBoxes(decodeBoxes(takeBoxes(codes, candidates), references, weights), width, height)
  const usable = candidates.flatMap((_, i) => (hasSides(boxes, i, leastSide) ? [i] : []))
  const scores = usable.map((i) => probabilities[candidates[i]!]!)
  const labels = usable.map((i) => (candidates[i]! % K) - 1)
  const kept = nms(takeBoxes(boxes, usable), scores, nmsThreshold, labels, most)
  return {
    boxes: takeBoxes(
      boxes,
      kept.map((i) => usable[i]!),
    ),
    scores: Float64Array.from(kept, (i) => scores[i]!),
    labels: Int32Array.from(kept, (i) => labels[i]!),
  }
}
