import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32c } from '../../src/io/tensorboard/crc32c.js'
import { encodeEvent, fileHeader } from '../../src/io/tensorboard/events.js'
import { histogram } from '../../src/io/tensorboard/histogram.js'
import { readEvents } from '../support/eventFile.js'

describe('crc32c', () => {
  it.each([
    ['123456789', 0xe3069283],
    ['', 0],
    ['a', 0xc1d04330],
  ])('of %j', (text, expected) => expect(crc32c(Buffer.from(text))).toBe(expected))

  it('of 32 zeros and of 32 ones, as in RFC 3720', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43)
  })
})

describe('an event file', () => {
  it('is read by another implementation', () => {
    const png = Uint8Array.of(1, 2, 3)
    const file = Buffer.concat([
      fileHeader(1.5),
      encodeEvent({ time: 2.5, step: 7 }, [
        { tag: 'loss', scalar: 0.25 },
        { tag: 'image', image: { width: 3, height: 2, channels: 1, png } },
        { tag: 'histogram', histogram: histogram(Float32Array.of(-1, 0, 0, 3), 4) },
      ]),
      encodeEvent({ time: 3.5, step: 2 ** 40 }, [{ tag: 'loss', scalar: Number.NaN }]),
    ])
    expect(readEvents(file)).toEqual([
      { wallTime: 1.5, step: 0, fileVersion: 'brain.Event:2' },
      {
        ...{ wallTime: 2.5, step: 7 },
        summary: {
          value: [
            { tag: 'loss', simpleValue: 0.25 },
            { tag: 'image', image: { width: 3, height: 2, colorspace: 1, encodedImageString: Buffer.from(png) } },
            {
              tag: 'histogram',
              histo: {
                min: -1,
                max: 3,
                num: 4,
                sum: 2,
                sumSquares: 10,
                bucketLimit: [0, 1, 2, 3],
                bucket: [1, 2, 0, 1],
              },
            },
          ],
        },
      },
      { wallTime: 3.5, step: 2 ** 40, summary: { value: [{ tag: 'loss', simpleValue: Number.NaN }] } },
    ])
  })

  it('shows where a byte was changed', () => {
    const file = Buffer.from(fileHeader(1))
    for (const at of [0, 9, 14, file.length - 1]) {
      const damaged = Buffer.from(file)
      damaged[at]! ^= 1
      expect(() => readEvents(damaged), `byte ${at}`).toThrow()
    }
  })
})

describe('histogram', () => {
  it('counts every finite number once, in the part where it lies', () => {
    fc.assert(
      fc.property(fc.float32Array({ minLength: 1 }), fc.integer({ min: 1, max: 40 }), (values, parts) => {
        const { min, max, count, nonFinite, bins } = histogram(values, parts)
        const finite = [...values].filter(Number.isFinite)
        expect([count, nonFinite]).toEqual([finite.length, values.length - finite.length])
        expect(bins.reduce((sum, n) => sum + n, 0)).toBe(finite.length)
        if (finite.length > 0) expect([min, max]).toEqual([Math.min(...finite), Math.max(...finite)])
      }),
    )
  })

  it('is one part for equal numbers, and empty without any', () => {
    expect(histogram(Float32Array.of(2, 2))).toMatchObject({ min: 2, max: 2, bins: [2] })
    expect(histogram(Float32Array.of(Number.NaN))).toMatchObject({ count: 0, nonFinite: 1, bins: [] })
  })
})
