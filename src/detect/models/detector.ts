import { Module } from '../../nn/module.js'
import type { Generator } from '../../tensor/random.js'
import type { Tensor } from '../../tensor/tensor.js'
import type { Boxes } from '../boxes/boxes.js'

/** What is to be found in an image, in pixels of the network's input. */
export interface Target {
  boxes: Boxes
  /** (boxes,), from 0 */
  labels: Int32Array
}

/** What was found, best first. */
export interface Found {
  boxes: Boxes
  scores: Float64Array
  labels: Int32Array
}

/** How outputs become boxes. */
export interface DetectOptions {
  /** Scores at or below this one are left out; default 0.05. */
  scoreThreshold?: number
  /** Overlap from which the weaker of two boxes of one class is dropped; default 0.5. */
  nmsThreshold?: number
  /** An image; default 100. */
  most?: number
}

/** Parts of the loss by name; their sum is what is minimized. */
export type Losses = Record<string, Tensor>

/**
 * A network that finds objects. `forward` gives its raw outputs, one row an anchor: (N, 3, H, W) → (N, anchors, numbers), with H and W
 * multiples of 32.
 */
export abstract class Detector extends Module<[x: Tensor]> {
  /** The loss on images (N, 3, H, W). What is drawn at random comes from `generator`. */
  abstract losses(x: Tensor, targets: readonly Target[], generator: Generator): Losses

  /**
   * The objects in images (N, 3, H, W), in evaluation mode.
   * @param sizes height and width of each image within the input; the rest of it is padding
   */
  abstract detect(x: Tensor, sizes: readonly (readonly [number, number])[], options?: DetectOptions): Found[]
}
