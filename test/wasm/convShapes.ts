/** Random convolutions that each algorithm can compute: odd sizes, padded and several blocks of images. */
import fc from 'fast-check'
import type { ConvShape } from '../../src/tensor/wasm/conv/index.js'
import { convShape } from './convReference.js'
import { paddedTo } from './kit.js'

const whole = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max })

/** A batch in one block, padded. */
const oneBlock = (lanes: number, most: number) =>
  whole(1, most).map((batch) => ({ batch, blocks: 1, lanes: paddedTo(lanes, batch) }))

/** A batch in one block, or in several. */
const imagesOf = (lanes: number) =>
  fc.oneof(
    oneBlock(lanes, 2 * lanes + 1),
    fc
      .record({ blocks: whole(2, 3), vectors: fc.constantFrom(1, 3, 5) })
      .map(({ blocks, vectors }) => ({ batch: blocks * vectors * lanes, blocks, lanes: vectors * lanes })),
  )

/** Channels and planes of odd sizes. */
const sizes = {
  inChannels: whole(1, 20),
  outChannels: whole(1, 20),
  height: whole(1, 13),
  width: whole(1, 13),
}

export const three = { kernelHeight: 3, kernelWidth: 3, paddingHeight: 1, paddingWidth: 1 }

const anyKernel = {
  ...{ kernelHeight: whole(1, 5), kernelWidth: whole(1, 5), strideHeight: whole(1, 3), strideWidth: whole(1, 3) },
  ...{ paddingHeight: whole(0, 3), paddingWidth: whole(0, 3), dilationHeight: whole(1, 2), dilationWidth: whole(1, 2) },
}

/** A square kernel as networks have it: odd, padded by half its size, stride 1 or 2. */
const usualKernel = fc.record({ size: fc.constantFrom(1, 3, 5, 7), stride: whole(1, 2) }).map(({ size, stride }) => ({
  ...{ kernelHeight: size, kernelWidth: size, strideHeight: stride, strideWidth: stride },
  ...{ paddingHeight: size >> 1, paddingWidth: size >> 1 },
}))

const valid = (shape: fc.Arbitrary<ConvShape>): fc.Arbitrary<ConvShape> =>
  shape.filter((s) => s.outHeight > 0 && s.outWidth > 0)

/** The common depthwise kernel, which has a weight gradient of its own. */
export const isCommon = (s: ConvShape): boolean =>
  s.width >= 2 &&
  s.kernelHeight * s.kernelWidth === 9 &&
  s.kernelHeight === 3 &&
  [s.strideHeight, s.strideWidth, s.paddingHeight, s.paddingWidth, s.dilationHeight, s.dilationWidth].every(
    (n) => n === 1,
  )
/** Shapes for each algorithm, for vectors of `lanes` floats. */
export function convShapes(lanes: number) {
  const images = imagesOf(lanes)
  const winograd4 = fc
    .record({ ...sizes, images })
    .map(({ images, ...s }) => convShape(lanes, { ...s, ...images, ...three }))
  const direct = valid(
    fc
      .record({
        ...sizes,
        ...anyKernel,
        images,
        groups: whole(1, 3),
        inChannels: whole(1, 7),
        outChannels: whole(1, 7),
      })
      .map(({ images, groups, ...s }) =>
        convShape(lanes, {
          ...s,
          ...images,
          groups,
          inChannels: s.inChannels * groups,
          outChannels: s.outChannels * groups,
        }),
      ),
  )
  const depthwise = valid(
    fc
      .record({
        ...sizes,
        images: fc.oneof(images, oneBlock(lanes, 40)),
        multiplier: whole(1, 3),
        kernel: fc.oneof(usualKernel, fc.record(anyKernel)),
      })
      .map(({ kernel, multiplier, images, ...s }) =>
        convShape(lanes, { ...s, ...images, ...kernel, groups: s.inChannels, outChannels: s.inChannels * multiplier }),
      ),
  )
  const depthwise3 = fc
    .record({ ...sizes, images, width: whole(2, 9), multiplier: whole(1, 2) })
    .map(({ images, multiplier, ...s }) =>
      convShape(lanes, { ...s, ...images, ...three, groups: s.inChannels, outChannels: s.inChannels * multiplier }),
    )
  const pointwise = fc.record({ ...sizes, images }).map(({ images, ...s }) => convShape(lanes, { ...s, ...images }))
  const winograd2 = winograd4.map((s) => convShape(lanes, { ...s, height: 2, width: 2 }))
  return { winograd4, winograd2, pointwise, direct, depthwise, depthwise3 }
}
