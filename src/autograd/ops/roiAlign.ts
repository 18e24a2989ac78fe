import type { Backend } from '../../tensor/backend.js'
import { GhostgradError, ShapeError, showShape } from '../../tensor/errors.js'
import type { FloatArray } from '../../tensor/ndarray.js'
import { type Shape, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'

/** Regions of images, and where their features are read. */
export interface RoiAlignOptions {
  /** (x1, y1, x2, y2) of each region, in the pixels of the image, one after the other. */
  boxes: ArrayLike<number>
  /** (regions,): the image of each, by its place in the batch. */
  images: ArrayLike<number>
  /** (regions,): the map that each is read from, by its place in the list. */
  levels: ArrayLike<number>
  /** One number a map: its size divided by that of the image. */
  scales: readonly number[]
  /** Height and width of the result. */
  size: readonly [number, number]
  /** Samples along each side of a bin; default 2. */
  samplingRatio?: number
}

type Options = Required<RoiAlignOptions>

const roiAlignOp = defineOp({
  name: 'roiAlign',
  rule: 'dx = Σ dy · weight of the samples that x is in',
  forward: (maps, options: Options, { backend }) => {
    const channels = maps[0]!.shape[1]!
    const shape = [options.images.length, channels, ...options.size]
    const sources = maps.map((map) => backend.read(map))
    const out = zerosOf(backend, shape)
    forEachRegion(maps, options, (region, level, samples) => {
      gather(sources[level]!, maps[level]!.shape, out, region, samples, options)
    })
    return { out: backend.fromValues(out, shape), saved: { shapes: maps.map((map) => map.shape) } }
  },
  backward: (dy, { shapes }, { backend, options, needs }) => {
    const source = backend.read(dy)
    const gradients = shapes.map((shape) => zerosOf(backend, shape))
    forEachRegion(
      shapes.map((shape) => ({ shape })),
      options,
      (region, level, samples) => {
        if (needs[level]) scatter(gradients[level]!, shapes[level]!, source, region, samples, options)
      },
    )
    return shapes.map((shape, i) => (needs[i] ? backend.fromValues(gradients[i]!, shape) : null))
  },
})

const zerosOf = ({ dtype }: Backend, shape: Shape): FloatArray =>
  dtype === 'float64' ? new Float64Array(sizeOf(shape)) : new Float32Array(sizeOf(shape))

/**
 * The samples of a region along one axis: each lies between two neighbours of the map, and is their mean with these weights. Weights of 0:
 * it lies outside.
 */
interface AxisSamples {
  low: Int32Array
  high: Int32Array
  lowWeight: Float64Array
  highWeight: Float64Array
}

interface Samples {
  image: number
  y: AxisSamples
  x: AxisSamples
}

function forEachRegion(
  maps: readonly { shape: Shape }[],
  { boxes, images, levels, scales, size, samplingRatio }: Options,
  visit: (region: number, level: number, samples: Samples) => void,
): void {
  for (let region = 0; region < images.length; region++) {
    const level = levels[region]!
    const scale = scales[level]!
    const [, , H, W] = maps[level]!.shape as [number, number, number, number]
    const axis = (from: number, to: number, bins: number, length: number): AxisSamples =>
      axisSamples(from * scale, Math.max((to - from) * scale, 1) / bins, bins, samplingRatio, length)
    visit(region, level, {
      image: images[region]!,
      y: axis(boxes[4 * region + 1]!, boxes[4 * region + 3]!, size[0], H),
      x: axis(boxes[4 * region]!, boxes[4 * region + 2]!, size[1], W),
    })
  }
}

function axisSamples(start: number, bin: number, bins: number, ratio: number, length: number): AxisSamples {
  const count = bins * ratio
  const samples = {
    low: new Int32Array(count),
    high: new Int32Array(count),
    lowWeight: new Float64Array(count),
    highWeight: new Float64Array(count),
  }
  for (let i = 0; i < count; i++) {
    const position = start + ((i + 0.5) * bin) / ratio
    if (position < -1 || position > length) continue
    const inside = Math.min(Math.max(position, 0), length - 1)
    const low = Math.floor(inside)
    samples.low[i] = low
    samples.high[i] = Math.min(low + 1, length - 1)
    samples.highWeight[i] = inside - low
    samples.lowWeight[i] = 1 - (inside - low)
  }
  return samples
}

/** out[region] = mean of the samples of each bin. */
function gather(map: FloatArray, shape: Shape, out: FloatArray, region: number, s: Samples, options: Options): void {
  const [, C, H, W] = shape as [number, number, number, number]
  const { size, samplingRatio } = options
  const [rows, columns] = size
  const share = 1 / samplingRatio ** 2
  const { y, x } = s
  for (let c = 0; c < C; c++) {
    const plane = (s.image * C + c) * H * W
    let target = (region * C + c) * rows * columns
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let sum = 0
        for (let i = row * samplingRatio; i < (row + 1) * samplingRatio; i++) {
          const top = plane + y.low[i]! * W
          const bottom = plane + y.high[i]! * W
          for (let j = column * samplingRatio; j < (column + 1) * samplingRatio; j++) {
            const left = x.low[j]!
            const right = x.high[j]!
            const leftWeight = x.lowWeight[j]!
            const rightWeight = x.highWeight[j]!
            sum +=
              y.lowWeight[i]! * (leftWeight * map[top + left]! + rightWeight * map[top + right]!) +
              y.highWeight[i]! * (leftWeight * map[bottom + left]! + rightWeight * map[bottom + right]!)
          }
        }
        out[target++] = sum * share
      }
    }
  }
}

/** The adjoint of `gather`: adds to the gradient of the map. */
function scatter(dMap: FloatArray, shape: Shape, dy: FloatArray, region: number, s: Samples, options: Options): void {
  const [, C, H, W] = shape as [number, number, number, number]
  const { size, samplingRatio } = options
  const [rows, columns] = size
  const share = 1 / samplingRatio ** 2
  const { y, x } = s
  for (let c = 0; c < C; c++) {
    const plane = (s.image * C + c) * H * W
    let source = (region * C + c) * rows * columns
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const g = dy[source++]! * share
        for (let i = row * samplingRatio; i < (row + 1) * samplingRatio; i++) {
          const top = plane + y.low[i]! * W
          const bottom = plane + y.high[i]! * W
          const topGradient = y.lowWeight[i]! * g
          const bottomGradient = y.highWeight[i]! * g
          for (let j = column * samplingRatio; j < (column + 1) * samplingRatio; j++) {
            const left = x.low[j]!
            const right = x.high[j]!
            dMap[top + left]! += topGradient * x.lowWeight[j]!
            dMap[top + right]! += topGradient * x.highWeight[j]!
            dMap[bottom + left]! += bottomGradient * x.lowWeight[j]!
            dMap[bottom + right]! += bottomGradient * x.highWeight[j]!
          }
        }
      }
    }
  }
}

/**
 * RoIAlign (He et al. 2017, https://arxiv.org/abs/1703.06870): the part of a feature map under each region, scaled to one size by bilinear
 * samples, as torchvision.ops.roi_align with `aligned=False`. Each region is read from one of several maps, as in feature pyramids.
 * @param maps each (N, C, H, W), with equal N and C
 * @returns (regions, C, height, width)
 */
export function roiAlign(maps: readonly Tensor[], options: RoiAlignOptions): Tensor {
  const [first] = maps
  if (
    !first ||
    maps.some(({ rank, shape }) => rank !== 4 || shape[0] !== first.shape[0] || shape[1] !== first.shape[1])
  ) {
    const got = maps.map(({ shape }) => showShape(shape)).join(', ') || 'none'
    throw new ShapeError(`roiAlign: expected maps (N, C, H, W) with equal N and C, got ${got}`)
  }
  const { boxes, images, levels, scales } = options
  const regions = images.length
  if (boxes.length !== 4 * regions || levels.length !== regions || scales.length !== maps.length) {
    throw new ShapeError(
      `roiAlign: expected four numbers, an image and a level for each region and a scale for each map, got ${boxes.length} ` +
        `numbers, ${regions} images, ${levels.length} levels, and ${scales.length} scales for ${maps.length} maps`,
    )
  }
  for (let i = 0; i < regions; i++) {
    if (!(images[i]! >= 0 && images[i]! < first.shape[0]! && levels[i]! >= 0 && levels[i]! < maps.length)) {
      throw new GhostgradError(
        `roiAlign: region ${i} is of image ${images[i]} and level ${levels[i]}, but there are ${first.shape[0]} images and ${maps.length} levels`,
      )
    }
  }
  return roiAlignOp(maps, { samplingRatio: 2, ...options })
}
