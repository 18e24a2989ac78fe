import * as F from '../../autograd/functional.js'
import { ReLU } from '../../nn/activation.js'
import { Conv2d } from '../../nn/conv2d.js'
import { constant, normal, type RandomInit } from '../../nn/init.js'
import { Module } from '../../nn/module.js'
import { Sequential } from '../../nn/sequential.js'
import type { Generator } from '../../tensor/random.js'
import type { Tensor } from '../../tensor/tensor.js'
import { type Boxes, clipBoxes, takeBoxes } from '../boxes/boxes.js'
import { decodeBoxes, encodeBoxes } from '../boxes/coding.js'
import { matchBoxes } from '../boxes/match.js'
import { byScore, nms } from '../boxes/nms.js'
import { sample } from '../boxes/sample.js'
import { type AnchorShape, anchorsAPlace, makeAnchors } from './anchors.js'
import type { Losses, Target } from './detector.js'
import { planesOf } from './pyramidBackbone.js'
import { anchorRows } from './rows.js'

const thresholds = { positive: 0.7, negative: 0.3, keepsBest: true }
const samples = { count: 256, positiveShare: 0.5 }
const nmsThreshold = 0.7
const beta = 1 / 9
/** Sides of boxes that are too short to be of use, pixels. */
const leastSide = 1e-3

/** How many proposals are kept: of each level before overlapping ones are dropped, and of an image after it. */
const most = { training: 2000, evaluation: 1000 }

class RpnHead extends Module<[maps: readonly Tensor[]], { logits: Tensor[]; codes: Tensor[] }> {
  readonly conv: Sequential
  readonly clsLogits: Conv2d
  readonly bboxPred: Conv2d

  constructor(channels: number, anchors: number, { generator }: RandomInit) {
    super()
    const layer = (oup: number, kernel: number): Conv2d => {
      const conv = new Conv2d(channels, oup, kernel, { padding: (kernel - 1) / 2, generator })
      normal(conv.weight, 0, 0.01, { generator })
      constant(conv.bias!, 0)
      return conv
    }
    this.conv = new Sequential(new Sequential(layer(channels, 3), new ReLU()))
    this.clsLogits = layer(anchors, 1)
    this.bboxPred = layer(anchors * 4, 1)
  }

  forward(maps: readonly Tensor[]): { logits: Tensor[]; codes: Tensor[] } {
    const features = maps.map((map) => this.conv.call(map))
    return {
      logits: features.map((map) => this.clsLogits.call(map)),
      codes: features.map((map) => this.bboxPred.call(map)),
    }
  }
}

/** The raw outputs for all anchors of a batch, in their order. */
export interface RpnRows {
  /** (N, anchors, 1) */
  logits: Tensor
  /** (N, anchors, 4) */
  codes: Tensor
}

/**
 * The region proposal network (Ren et al. 2015, https://arxiv.org/abs/1506.01497): for 3 anchors a place, whether there is an object, and
 * how the anchor is to be moved. Level by level the best are taken, and of those that overlap by more than 0.7 the best is kept.
 *
 *     loss = mean BCE over 256 sampled anchors an image, half of them positive, + Σ smoothL1(codes of positives, β = 1/9) / samples
 */
export class RegionProposals extends Module<[maps: readonly Tensor[]], RpnRows> {
  readonly head: RpnHead
  readonly #shapes: readonly AnchorShape[]

  /** @param anchorScale side of an anchor, in strides */
  constructor(channels: number, strides: readonly number[], anchorScale: number, options: RandomInit) {
    super()
    this.#shapes = strides.map((stride) => ({ sizes: [anchorScale * stride], ratios: [0.5, 1, 2] }))
    this.head = new RpnHead(channels, anchorsAPlace(this.#shapes[0]!), options)
  }

  forward(maps: readonly Tensor[]): RpnRows {
    const { logits, codes } = this.head.call(maps)
    return { logits: anchorRows(logits, 1), codes: anchorRows(codes, 4) }
  }

  anchors(maps: readonly Tensor[], image: readonly [number, number]): Boxes {
    return makeAnchors(this.#shapes, planesOf(maps), image)
  }

  losses({ logits, codes }: RpnRows, anchors: Boxes, targets: readonly Target[], generator: Generator): Losses {
    const A = anchors.length / 4
    const labels = new Float32Array(targets.length * A)
    const weights = new Float64Array(targets.length * A)
    const boxCodes = new Float64Array(targets.length * A * 4)
    const boxWeights = new Float64Array(targets.length * A * 4)
    const chosen = targets.map(({ boxes }) => {
      const matches = matchBoxes(anchors, boxes, thresholds)
      return { matches, ...sample(matches, samples, generator) }
    })
    const share =
      1 /
      Math.max(
        1,
        chosen.reduce((sum, { positive, negative }) => sum + positive.length + negative.length, 0),
      )
    chosen.forEach(({ matches, positive, negative }, n) => {
      for (const a of negative) weights[n * A + a] = share
      for (const a of positive) {
        const row = n * A + a
        weights[row] = share
        labels[row] = 1
        boxCodes.set(encodeBoxes(takeBoxes(targets[n]!.boxes, [matches[a]!]), takeBoxes(anchors, [a])), 4 * row)
        boxWeights.fill(share, 4 * row, 4 * row + 4)
      }
    })
    return {
      object: F.binaryCrossEntropyWithLogits(logits, labels, { weight: weights, reduction: 'sum' }),
      proposal: F.smoothL1Loss(codes, boxCodes, { beta, weight: boxWeights, reduction: 'sum' }),
    }
  }

  /**
   * The regions of each image in which there may be objects, best first.
   * @param sizes height and width of each image within the input
   */
  propose(
    { logits, codes }: RpnRows,
    anchors: Boxes,
    maps: readonly Tensor[],
    sizes: readonly (readonly [number, number])[],
  ): Boxes[] {
    const limit = this.training ? most.training : most.evaluation
    const perLevel = planesOf(maps).map(([height, width], i) => height * width * anchorsAPlace(this.#shapes[i]!))
    const A = anchors.length / 4
    const scores = logits.data
    const moves = codes.data
    return sizes.map(([height, width], n) => {
      const levels: number[] = []
      const rows: number[] = []
      let start = 0
      perLevel.forEach((count, level) => {
        const order = byScore(scores.subarray(n * A + start, n * A + start + count)).subarray(0, limit)
        for (const i of order) {
          rows.push(start + i)
          levels.push(level)
        }
        start += count
      })
      const own = Float64Array.from(moves.subarray(4 * n * A, 4 * (n + 1) * A))
      const boxes = clipBoxes(decodeBoxes(takeBoxes(own, rows), takeBoxes(anchors, rows)), width, height)
      const usable = rows.flatMap((_, i) => (hasSides(boxes, i, leastSide) ? [i] : []))
      const kept = nms(
        takeBoxes(boxes, usable),
        usable.map((i) => scores[n * A + rows[i]!]!),
        nmsThreshold,
        usable.map((i) => levels[i]!),
        limit,
      )
      return takeBoxes(
        boxes,
        kept.map((i) => usable[i]!),
      )
    })
  }
}

/** Whether box i is at least so wide and high. */
export const hasSides = (boxes: Boxes, i: number, least: number): boolean =>
  boxes[4 * i + 2]! - boxes[4 * i]! >= least && boxes[4 * i + 3]! - boxes[4 * i + 1]! >= least
