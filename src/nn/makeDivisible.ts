/**
 * The multiple of `divisor` nearest to a number of channels: at least `divisor`, and never more than a tenth below `channels`.
 * From the MobileNets (https://github.com/tensorflow/models/blob/master/research/slim/nets/mobilenet/mobilenet.py).
 */
export function makeDivisible(channels: number, divisor: number): number {
  const nearest = Math.max(divisor, Math.floor((channels + divisor / 2) / divisor) * divisor)
  return nearest < 0.9 * channels ? nearest + divisor : nearest
}
