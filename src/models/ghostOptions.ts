import type { RandomInit } from '../nn/init.js'

/** How the convolutions of a known architecture are replaced by Ghost modules. */
export interface GhostOptions {
  /** Maps made of each intrinsic one; default 2. */
  s?: number | undefined
  /** Size of the cheap operation; default 3. */
  d?: number | undefined
  /**
   * Whether the first convolution is replaced too; default false, as the authors answered
   * (https://github.com/huawei-noah/Efficient-AI-Backbones).
   */
  ghostFirst?: boolean
}

/** Options of every network. */
export interface NetworkOptions extends RandomInit {
  /** Default 10. */
  numClasses?: number
  /** Replace convolutions by Ghost modules. */
  ghost?: GhostOptions
  /**
   * Output channels in place of the architecture's own, as in a pruned network. VGG: one number a convolution; ResNet: one a block,
   * the channels between its two convolutions; speednet: one a group.
   */
  channels?: readonly number[]
}
