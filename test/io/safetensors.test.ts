import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decodeSafetensors, encodeSafetensors, loadSafetensors, saveWeights } from '../../src/io/safetensors.js'
import { loadWeights } from '../../src/io/weights.js'
import { DataError } from '../../src/tensor/errors.js'
import type { StateDict } from '../../src/tensor/stateDict.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ghostgrad-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const bytesOf = (header: string, data: number[] | Uint8Array = [], length = Buffer.byteLength(header)): Uint8Array => {
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(length))
  return Buffer.concat([size, Buffer.from(header), Buffer.from(data)])
}

const small: StateDict = {
  'fc.weight': { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, -2, 0.5, 3) },
  'bn.num_batches_tracked': { dtype: 'I64', shape: [], data: Float32Array.of(7) },
  'fc.bias': { dtype: 'F32', shape: [1], data: Float32Array.of(0.25) },
}

// safetensors.numpy.save({...}, {'format': 'pt'}) of the same three arrays, with the Python package 0.8.0.
const smallByPython =
  'e8000000000000007b225f5f6d657461646174615f5f223a7b22666f726d6174223a227074227d2c22626e2e6e756d5f626174636865735f747261636b' +
  '6564223a7b226474797065223a22493634222c227368617065223a5b5d2c22646174615f6f666673657473223a5b302c385d7d2c2266632e6269617322' +
  '3a7b226474797065223a22463332222c227368617065223a5b315d2c22646174615f6f666673657473223a5b382c31325d7d2c2266632e776569676874' +
  '223a7b226474797065223a22463332222c227368617065223a5b322c325d2c22646174615f6f666673657473223a5b31322c32385d7d7d202007000000' +
  '000000000000803e0000803f000000c00000003f00004040'

// The same package's bytes of one array of each other dtype it can make from NumPy.
const mixedByPython =
  'b0010000000000007b225f5f6d657461646174615f5f223a7b22666f726d6174223a227074227d2c2261223a7b226474797065223a22493634222c2273' +
  '68617065223a5b5d2c22646174615f6f666673657473223a5b302c385d7d2c22c3a9223a7b226474797065223a22463634222c227368617065223a5b31' +
  '5d2c22646174615f6f666673657473223a5b382c31365d7d2c22612e62696173223a7b226474797065223a22463332222c227368617065223a5b315d2c' +
  '22646174615f6f666673657473223a5b31362c32305d7d2c22622e776569676874223a7b226474797065223a22463332222c227368617065223a5b322c' +
  '325d2c22646174615f6f666673657473223a5b32302c33365d7d2c2269223a7b226474797065223a22493332222c227368617065223a5b315d2c226461' +
  '74615f6f666673657473223a5b33362c34305d7d2c2268223a7b226474797065223a22463136222c227368617065223a5b355d2c22646174615f6f6666' +
  '73657473223a5b34302c35305d7d2c2275223a7b226474797065223a225538222c227368617065223a5b335d2c22646174615f6f666673657473223a5b' +
  '35302c35335d7d7d20202020200700000000000000000000000000f83f0000803e0000803f000000c00000003f00004040fbffffff003c00c1ff7b0100' +
  '007cc80102'

describe('writing', () => {
  it('gives the bytes of the Python package', () => {
    expect(Buffer.from(encodeSafetensors(small, { format: 'pt' })).toString('hex')).toBe(smallByPython)
  })

  it('pads an empty file as the reference implementation does', () => {
    expect([...encodeSafetensors({})]).toEqual([8, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d, ...new Array(6).fill(0x20)])
  })

  it('orders names by their UTF-8 bytes, also those that look like numbers', () => {
    const one = (v: number) => ({ dtype: 'F32', shape: [], data: Float32Array.of(v) }) as const
    const bytes = encodeSafetensors({ b: one(0), '10': one(1), '\u{1f642}': one(2), '\uffee': one(3), B: one(4) })
    const { length } = bytes
    expect([...new Float32Array(bytes.slice(length - 20).buffer)]).toEqual([1, 4, 0, 3, 2])
  })

  it.each([
    ['tensor "w": shape (2,) needs 2 values, got 3', { w: { dtype: 'F32', shape: [2], data: new Float32Array(3) } }],
    ['tensor "n": I64 holds whole numbers, got 0.5', { n: { dtype: 'I64', shape: [], data: Float32Array.of(0.5) } }],
    [
      'a tensor cannot be named __metadata__',
      { __metadata__: { dtype: 'F32', shape: [], data: Float32Array.of(0.5) } },
    ],
  ] as [string, StateDict][])('refuses: %s', (message, dict) => {
    expect(() => encodeSafetensors(dict)).toThrow(new DataError(message))
  })
})

describe('reading', () => {
  it('understands the bytes of the Python package', () => {
    const { tensors, metadata } = decodeSafetensors(Buffer.from(mixedByPython, 'hex'), 'mixed')
    expect(metadata).toEqual({ format: 'pt' })
    expect(tensors).toEqual({
      a: { dtype: 'I64', shape: [], data: Float32Array.of(7) },
      é: { dtype: 'F32', shape: [1], data: Float32Array.of(1.5) },
      'a.bias': { dtype: 'F32', shape: [1], data: Float32Array.of(0.25) },
      'b.weight': { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, -2, 0.5, 3) },
      i: { dtype: 'I64', shape: [1], data: Float32Array.of(-5) },
      h: { dtype: 'F32', shape: [5], data: Float32Array.of(1, -2.5, 65504, 2 ** -24, Infinity) },
      u: { dtype: 'I64', shape: [3], data: Float32Array.of(200, 1, 2) },
    })
  })

  it('reads bfloat16, the upper half of a float32', () => {
    const header = '{"x":{"dtype":"BF16","shape":[4],"data_offsets":[0,8]}}'
    const { tensors } = decodeSafetensors(bytesOf(header, [0x80, 0x3f, 0x49, 0xc0, 0x80, 0x7f, 0xc0, 0x7f]), 'bf16')
    expect([...tensors.x!.data]).toEqual([1, -3.140625, Infinity, NaN])
  })

  it('reads half precision: zero of either sign, subnormal, NaN', () => {
    const header = '{"x":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}}'
    const { tensors } = decodeSafetensors(bytesOf(header, [0, 0x80, 0xff, 0x03, 0x01, 0x7c, 0, 0xfc]), 'f16')
    expect([...tensors.x!.data]).toEqual([-0, Math.fround(1023 * 2 ** -24), NaN, -Infinity])
  })

  it('takes tensors in any order, unaligned, in a part of a buffer', () => {
    const header =
      '{"b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},' +
      '"none":{"dtype":"F32","shape":[0,3],"data_offsets":[1,1]}}'
    const bytes = Buffer.concat([Buffer.alloc(3), bytesOf(header, [9, 0, 0, 0x80, 0x3f])]).subarray(3)
    const { tensors, metadata } = decodeSafetensors(bytes, 'x')
    expect(tensors.a!.data).toEqual(Float32Array.of(9))
    expect(tensors.b!.data).toEqual(Float32Array.of(1))
    expect(tensors.none).toEqual({ dtype: 'F32', shape: [0, 3], data: new Float32Array(0) })
    expect(metadata).toEqual({})
  })

  it('keeps a tensor called __proto__ a tensor', () => {
    const bytes = bytesOf('{"__proto__":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}', [5])
    expect(Object.entries(decodeSafetensors(bytes, 'x').tensors).map(([name]) => name)).toEqual(['__proto__'])
  })
})

describe('round trip', () => {
  const entry = fc
    .tuple(fc.constantFrom('F32' as const, 'I64' as const), fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }))
    .chain(([dtype, shape]) => {
      const length = shape.reduce((product, n) => product * n, 1)
      const value = dtype === 'F32' ? fc.float() : fc.integer({ min: -(2 ** 24), max: 2 ** 24 })
      return fc
        .array(value, { minLength: length, maxLength: length })
        .map((values) => ({ dtype, shape, data: Float32Array.from(values, (v) => v + 0) }))
    })
  const name = fc.string({ unit: 'grapheme' }).filter((text) => text !== '__metadata__')

  it('returns what was written', () => {
    fc.assert(
      fc.property(
        fc.dictionary(name, entry, { noNullPrototype: true }),
        fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }),
        (tensors, metadata) => {
          const bytes = encodeSafetensors(tensors, metadata)
          const headerBytes = Number(new DataView(bytes.buffer).getBigUint64(0, true))
          expect(headerBytes % 8).toBe(0)
          expect(decodeSafetensors(bytes, 'x')).toEqual({ tensors, metadata })
        },
      ),
      { numRuns: 100 },
    )
  })

  it('refuses or reads, but never crashes on, a file with one byte changed', () => {
    const good = encodeSafetensors(small, { format: 'pt' })
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const bytes = good.slice()
        bytes[at]! ^= change
        try {
          decodeSafetensors(bytes, 'x')
        } catch (error) {
          expect(error).toBeInstanceOf(DataError)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('refuses every truncated file', () => {
    const good = encodeSafetensors(small)
    for (let length = 0; length < good.length; length++) {
      expect(() => decodeSafetensors(good.subarray(0, length), 'x')).toThrow(DataError)
    }
  })
})

describe('whole numbers of other widths and truth values', () => {
  it.each<[string, number[], number[]]>([
    ['U64', [1, 0, 0, 0, 0, 0, 0, 0], [1]],
    ['U32', [0, 0, 1, 0, 255, 0, 0, 0], [65536, 255]],
    ['I16', [0xff, 0xff, 0, 1], [-1, 256]],
    ['U16', [0xff, 0xff, 0, 1], [65535, 256]],
    ['I8', [0xff, 0x7f], [-1, 127]],
    ['BOOL', [0, 1, 2], [0, 1, 1]],
  ])('%s', (dtype, data, values) => {
    const header = `{"a":{"dtype":"${dtype}","shape":[${values.length}],"data_offsets":[0,${data.length}]}}`
    const { tensors } = decodeSafetensors(bytesOf(header, data), 'x')
    expect(tensors).toEqual({ a: { dtype: 'I64', shape: [values.length], data: Float32Array.from(values) } })
  })
})

describe('hostile headers', () => {
  const u8 = (begin: number, end: number, name: string) =>
    `"${name}":{"dtype":"U8","shape":[${end - begin}],"data_offsets":[${begin},${end}]}`

  it.each<[string, Uint8Array]>([
    ['expected at least 8 bytes, got 3', Uint8Array.of(1, 2, 3)],
    ["the header's length says 9 bytes, but 2 follow", bytesOf('{}', [], 9)],
    ['expected a header of at most 100000000 bytes, its length says 100000001', bytesOf('{}', [], 100_000_001)],
    ['expected a header that begins with "{"', bytesOf(' {}')],
    ['expected a header that begins with "{"', bytesOf('')],
    [
      'the header is not UTF-8 text',
      bytesOf('{"\u00e9":1}'.replace('\u00e9', 'x')).map((b) => (b === 0x78 ? 0xff : b)),
    ],
    ['the header is not JSON', bytesOf('{"a":}')],
    ['the header has the key "a" twice', bytesOf(`{${u8(0, 1, 'a')},${u8(1, 2, '\\u0061')}}`, [1, 2])],
    [
      'the header has the key "dtype" twice',
      bytesOf('{"a":{"dtype":"U8","dtype" : "U8","shape":[],"data_offsets":[0,1]}}'),
    ],
    ['the header has the key "k" twice', bytesOf('{"__metadata__":{"k":"{\\"","k":"}"}}')],
    ['tensor "a": expected an object with dtype, shape and data_offsets', bytesOf('{"a":3}')],
    [
      'tensor "a": expected a dtype of I64, U64, F64, F32, I32, U32, BF16, F16, I16, U16, I8, U8, BOOL, got "C64"',
      bytesOf('{"a":{"dtype":"C64"}}'),
    ],
    [
      'tensor "a": expected a dtype of I64, U64, F64, F32, I32, U32, BF16, F16, I16, U16, I8, U8, BOOL, got "toString"',
      bytesOf('{"a":{"dtype":"toString"}}'),
    ],
    [
      'tensor "a": expected a shape of whole numbers, got [-1]',
      bytesOf('{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,0]}}'),
    ],
    ['tensor "a": expected a shape of whole numbers, got undefined', bytesOf('{"a":{"dtype":"U8"}}')],
    [
      'tensor "a": expected data_offsets of [begin, end], got [1,0]',
      bytesOf('{"a":{"dtype":"U8","shape":[],"data_offsets":[1,0]}}'),
    ],
    [
      'tensor "a": expected data_offsets of [begin, end], got [0]',
      bytesOf('{"a":{"dtype":"U8","shape":[],"data_offsets":[0]}}'),
    ],
    [
      'tensor "a": F32 of shape (2, 2) needs 16 bytes, data_offsets give 12',
      bytesOf('{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,12]}}', new Uint8Array(12)),
    ],
    [
      'tensor "a": F32 of shape (9007199254740991, 9007199254740991) needs 3.2451855365842665e+32 bytes',
      bytesOf(
        '{"a":{"dtype":"F32","shape":[9007199254740991,9007199254740991],"data_offsets":[0,4]}}',
        new Uint8Array(4),
      ),
    ],
    [
      'tensor "b": leaves a gap: expected data_offsets from 1, got [2, 3]',
      bytesOf(`{${u8(0, 1, 'a')},${u8(2, 3, 'b')}}`, [1, 2, 3]),
    ],
    [
      'tensor "b": overlaps another: expected data_offsets from 2, got [1, 3]',
      bytesOf(`{${u8(0, 2, 'a')},${u8(1, 3, 'b')}}`, [1, 2, 3]),
    ],
    ['tensor "a": ends at byte 4 of the data, of which there are 3', bytesOf(`{${u8(0, 4, 'a')}}`, [1, 2, 3])],
    ['2 bytes after the last tensor', bytesOf(`{${u8(0, 1, 'a')}}`, [1, 2, 3])],
    ['__metadata__: expected an object of strings', bytesOf('{"__metadata__":{"epoch":3}}')],
    ['__metadata__: expected an object of strings', bytesOf('{"__metadata__":["a"]}')],
  ])('refuses: %s', (problem, bytes) => {
    let error: unknown
    try {
      decodeSafetensors(bytes, 'weights.safetensors')
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(DataError)
    expect((error as Error).message).toContain(`weights.safetensors: not a valid safetensors file: ${problem}`)
  })

  it('survives a string of many escapes', () => {
    const text = '\\n"{'.repeat(1e6)
    const { metadata } = decodeSafetensors(bytesOf(JSON.stringify({ __metadata__: { text } })), 'x')
    expect(metadata.text).toBe(text)
  })
})

describe('files', () => {
  it('saves and loads', () => {
    const file = join(folder, 'w.safetensors')
    saveWeights(file, small, { model: 'vgg16' })
    expect(loadWeights(file)).toEqual(small)
    expect(loadSafetensors(file).metadata).toEqual({ model: 'vgg16' })
    expect(readdirSync(folder)).toEqual(['w.safetensors'])
  })

  it('says which file is missing', () => {
    const file = join(folder, 'none.safetensors')
    expect(() => loadWeights(file)).toThrow(`${file}: cannot be read (ENOENT`)
  })

  it('leaves the old file where the new one cannot be encoded', () => {
    const file = join(folder, 'w.safetensors')
    writeFileSync(file, 'old')
    const wrong: StateDict = { w: { dtype: 'F32', shape: [2], data: new Float32Array(3) } }
    expect(() => saveWeights(file, wrong)).toThrow(DataError)
    expect(readFileSync(file, 'utf8')).toBe('old')
  })
})
