import protobuf from 'protobufjs'
import { describe, expect, it } from 'vitest'
import { ProtobufWriter } from '../../src/io/protobuf.js'

/** Another implementation reads what is written. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Inner { string name = 1; repeated Inner inner = 2; }
  message All {
    int64 i = 1; double d = 2; float f = 3; string s = 4; bytes b = 5; Inner m = 6;
    repeated int64 is = 7; repeated float fs = 8; int32 far = 536870911; repeated string ss = 10;
  }`)
const All = root.lookupType('All')
const decode = (writer: ProtobufWriter) =>
  All.toObject(All.decode(writer.finish()), { longs: String, bytes: Array, arrays: false })

describe('ProtobufWriter', () => {
  it.each([0, 1, 127, 128, 300, 2 ** 31, 2 ** 53 - 1, -1, -(2 ** 53) + 1, 2n ** 63n - 1n, -(2n ** 63n)])(
    'writes the whole number %s',
    (n) => {
      expect(decode(new ProtobufWriter().int(1, n))).toEqual({ i: String(n) })
      expect(decode(new ProtobufWriter().ints(7, [n, 5]))).toEqual({ is: [String(n), '5'] })
    },
  )

  it('writes the bytes of the specification', () => {
    const hex = (writer: ProtobufWriter) => Buffer.from(writer.finish()).toString('hex')
    expect(hex(new ProtobufWriter().int(1, 150))).toBe('089601')
    expect(hex(new ProtobufWriter().string(2, 'testing'))).toBe('120774657374696e67')
    expect(hex(new ProtobufWriter().message(3, new ProtobufWriter().int(1, 150)))).toBe('1a03089601')
    expect(hex(new ProtobufWriter().ints(6, [3, 270, 86942]))).toBe('3206038e029ea705')
    expect(hex(new ProtobufWriter().int(1, -2))).toBe('08feffffffffffffffff01')
  })

  it('writes every kind of field', () => {
    const inner = new ProtobufWriter().string(1, 'é').message(2, new ProtobufWriter().string(1, 'x'))
    const writer = new ProtobufWriter()
      .double(2, 0.1)
      .float(3, -1.5)
      .string(4, 'größe')
      .bytes(5, Uint8Array.of(0, 255))
      .message(6, inner)
      .floats(8, [1, Number.POSITIVE_INFINITY])
      .string(10, 'a')
      .string(10, '')
      .int(536870911, 7)
    expect(decode(writer)).toEqual({
      d: 0.1,
      f: -1.5,
      s: 'größe',
      b: [0, 255],
      m: { name: 'é', inner: [{ name: 'x' }] },
      fs: [1, Number.POSITIVE_INFINITY],
      ss: ['a', ''],
      far: 7,
    })
  })

  it('leaves out empty lists', () => {
    expect(new ProtobufWriter().ints(7, []).floats(8, []).finish().length).toBe(0)
  })

  it('refuses a number with a fraction', () => {
    expect(() => new ProtobufWriter().int(1, 0.5)).toThrow('protobuf: expected a whole number, got 0.5')
  })
})
