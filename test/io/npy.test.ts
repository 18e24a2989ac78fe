import { describe, expect, it } from 'vitest'
import type { DtypeName } from '../../src/io/dtypes.js'
import { decodeNpy, encodeNpy } from '../../src/io/npy.js'
import { decodeNpz, encodeNpz } from '../../src/io/npz.js'
import { ZipReader } from '../../src/io/zip/read.js'
import { writeZip } from '../../src/io/zip/write.js'
import { DataError } from '../../src/tensor/errors.js'
import { fixture, fixtureBytes } from '../support/fixtures.js'

const { arrays } = fixture<{ arrays: Record<string, { shape: number[]; values: string[] }> }>('interchange')

const kinds: Record<string, [DtypeName, string]> = {
  'whole int8': ['I8', 'Int8Array'],
  'whole uint8': ['U8', 'Uint8Array'],
  'whole int16': ['I16', 'Int16Array'],
  'whole uint16': ['U16', 'Uint16Array'],
  'whole int32': ['I32', 'Int32Array'],
  'whole uint32': ['U32', 'Uint32Array'],
  'whole int64': ['I64', 'BigInt64Array'],
  'whole uint64': ['U64', 'BigUint64Array'],
  'big endian int64': ['I64', 'BigInt64Array'],
  float64: ['F64', 'Float64Array'],
  float16: ['F16', 'Float32Array'],
  bool: ['BOOL', 'Uint8Array'],
}

describe('files of NumPy', () => {
  it.each(['arrays.npz', 'compressed.npz'])('%s: every type, byte order and order of axes', (name) => {
    const decoded = decodeNpz(fixtureBytes(`interchange/${name}`), name)
    expect(Object.keys(decoded)).toEqual(Object.keys(arrays))
    for (const [key, { shape, values }] of Object.entries(arrays)) {
      const { dtype, shape: got, data } = decoded[key]!
      expect([dtype, data.constructor.name], key).toEqual(kinds[key] ?? ['F32', 'Float32Array'])
      expect([got, Array.from(data as ArrayLike<number>, Number)], key).toEqual([shape, values.map(Number)])
    }
  })

  it.each([1, 2, 3])('version %i', (version) => {
    const { shape, data } = decodeNpy(fixtureBytes(`interchange/version${version}.npy`), 'x.npy')
    expect([shape, [...data].map(String)]).toEqual([
      arrays['fortran order']!.shape,
      arrays['fortran order']!.values.map((v) => String(Number(v))),
    ])
  })

  it('are written byte for byte as numpy.save does', () => {
    const zip = new ZipReader(fixtureBytes('interchange/arrays.npz'), 'x')
    const others = ['float16', 'fortran order', 'big endian', 'big endian int64']
    for (const name of Object.keys(arrays).filter((name) => !others.includes(name))) {
      const bytes = zip.read(`${name}.npy`)
      expect(Buffer.from(encodeNpy(decodeNpy(bytes, name))).toString('latin1'), name).toBe(
        Buffer.from(bytes).toString('latin1'),
      )
    }
  })

  it('of several arrays are read back', () => {
    const some = {
      'conv.weight': { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
      count: { dtype: 'I64', shape: [], data: BigInt64Array.of(7n) },
    } as const
    expect(decodeNpz(encodeNpz(some), 'x.npz')).toEqual(some)
  })
})

describe('refuses', () => {
  const npy = (header: string, data: number[] = [], version = 1) => {
    const text = Buffer.from(header)
    const length = Buffer.alloc(version === 1 ? 2 : 4)
    length.writeUIntLE(text.length, 0, length.length)
    return Buffer.concat([Buffer.from('\x93NUMPY', 'latin1'), Buffer.of(version, 0), length, text, Buffer.from(data)])
  }
  const header = (descr: string, shape: string) => `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }\n`

  it.each<[string, Uint8Array]>([
    ['it does not begin with "\\x93NUMPY"', Buffer.from('hello')],
    ['expected version 1, 2 or 3, got 4', npy('', [], 4)],
    ['it is cut short', Buffer.from('\x93NUMPY\x02\0\0', 'latin1')],
    ['its header of 100 bytes is cut short', Buffer.from('\x93NUMPY\x01\0\x64\0{', 'latin1')],
    ["got '|O'", fixtureBytes('interchange/objects.npy')],
    ["expected a type of f8, f4, f2, i8, i4, i2, i1, u8, u4, u2, u1, b1, got '<c8'", npy(header("'<c8'", '(1,)'))],
    ["got '<U3'", npy(header("'<U3'", '(1,)'))],
    ['expected one type of numbers in the header, got a record or nothing', npy(header("[('a', '<f4')]", '(1,)'))],
    ['there is no shape in the header', npy(header("'<f4'", '(-1,)'))],
    ['the header says nothing of fortran_order', npy("{'descr': '|u1', 'shape': (1,), }\n", [1])],
    ['F32 of shape (2,) needs 8 bytes, 4 follow its header', npy(header("'<f4'", '(2,)'), [0, 0, 0, 0])],
    ['F32 of shape (1,) needs 4 bytes, 5 follow its header', npy(header("'<f4'", '(1,)'), [0, 0, 0, 0, 0])],
    ['F64 of shape (100000000000, 100000000000) needs 8e+22', npy(header("'<f8'", '(100000000000, 100000000000)'))],
  ])('%s', (problem, bytes) => {
    const run = () => decodeNpy(bytes, 'x.npy')
    expect(run).toThrow(DataError)
    expect(run).toThrow(problem)
  })

  it('an array that is not as long as its shape says', () => {
    const run = () => encodeNpy({ dtype: 'F32', shape: [2], data: Float32Array.of(1) })
    expect(run).toThrow('npy: shape (2,) needs 2 values, got 1')
  })

  it('an archive of other things', () => {
    expect(() => decodeNpz(writeZip([['a.txt', new Uint8Array(1)]]), 'x.npz')).toThrow(
      'x.npz: expected entries *.npy alone, got a.txt',
    )
  })
})
