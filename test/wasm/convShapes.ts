/** Random convolutions that each algorithm can compute: odd sizes, padded and several blocks of images. */
import fc from 'fast-check'
import type { ConvShape } from '../../src/tensor/wasm/conv/index.js'
import { convShape } from './convReference.js'

const whole = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max })

/** A batch in one block, padded, or in several. */
const images = fc.oneof(
  whole(1, 9).map((batch) => ({ batch, blocks: 1, lanes: Math.ceil(batch / 4) * 4 })),
  fc
    .record({ blocks: whole(2, 3), lanes: fc.constantFrom(4, 12, 20) })
    .map(({ blocks, lanes }) => ({ batch: blocks * lanes, blocks, lanes })),
)

/** Channels, images and planes of odd sizes. */
const sizes = {
  images,
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

export const winograd = fc.record(sizes).map(({ images, ...s }) => convShape({ ...s, ...images, ...three }))
export const winograd2 = winograd.map((s) => convShape({ ...s, height: 2, width: 2 }))
export const pointwise = fc.record(sizes).map(({ images, ...s }) => convShape({ ...s, ...images }))
export const direct = valid(
  fc
    .record({ ...sizes, ...anyKernel, groups: whole(1, 3), inChannels: whole(1, 7), outChannels: whole(1, 7) })
    .map(({ images, ...s }) =>
      convShape({
        ...s,
        ...images,
        inChannels: s.inChannels * s.groups,
        outChannels: s.outChannels * s.groups,
      }),
    ),
)
export const depthwise = valid(
  fc
    .record({
      ...sizes,
      images: fc.oneof(
        images,
        whole(1, 40).map((batch) => ({ batch, blocks: 1, lanes: Math.ceil(batch / 4) * 4 })),
      ),
      multiplier: whole(1, 3),
      kernel: fc.oneof(usualKernel, fc.record(anyKernel)),
    })
    .map(({ kernel, multiplier, images, ...s }) =>
      convShape({ ...s, ...images, ...kernel, groups: s.inChannels, outChannels: s.inChannels * multiplier }),
    ),
)

/** The common depthwise kernel, which has a weight gradient of its own. */
export const isCommon = (s: ConvShape): boolean =>
  s.width >= 2 &&
  s.kernelHeight * s.kernelWidth === 9 &&
  s.kernelHeight === 3 &&
  [s.strideHeight, s.strideWidth, s.paddingHeight, s.paddingWidth, s.dilationHeight, s.dilationWidth].every(
    (n) => n === 1,
  )
export const depthwise3 = fc
  .record({ ...sizes, width: whole(2, 9), multiplier: whole(1, 2) })
  .map(({ images, multiplier, ...s }) =>
    convShape({ ...s, ...images, ...three, groups: s.inChannels, outChannels: s.inChannels * multiplier }),
  )
