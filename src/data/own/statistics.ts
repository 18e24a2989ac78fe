/** Mean and standard deviation of each channel, in units of x / 255. */
export interface ChannelStatistics {
  mean: number[]
  std: number[]
}

/** A channel that is the same everywhere would be divided by nothing. */
const leastStd = 1 / 255

const rounded = (x: number): number => Number(x.toFixed(4))

/**
 * Over all pixels, to four digits. Counting bytes gives the same numbers in whatever order images come.
 * @param images (N, channels, area)
 */
export function channelStatistics(images: Uint8Array, channels: number, area: number): ChannelStatistics {
  const [mean, std]: [number[], number[]] = [[], []]
  for (let c = 0; c < channels; c++) {
    const counts = new Float64Array(256)
    for (let start = c * area; start < images.length; start += channels * area) {
      for (let p = start; p < start + area; p++) counts[images[p]!]!++
    }
    const pixels = Math.max(1, images.length / channels)
    const sum = counts.reduce((total, count, x) => total + count * x, 0)
    const squares = counts.reduce((total, count, x) => total + count * x * x, 0)
    const average = sum / pixels
    const variance = Math.max(0, squares / pixels - average ** 2)
    mean.push(rounded(average / 255))
    std.push(rounded(Math.max(Math.sqrt(variance) / 255, leastStd)))
  }
  return { mean, std }
}
