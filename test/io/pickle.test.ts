import { describe, expect, it } from 'vitest'
import { readPickle, readPickleAt } from '../../src/io/pickle/reader.js'
import { PickleWriter } from '../../src/io/pickle/writer.js'

describe('readPickle', () => {
  // pickle.dumps({'i': [0, 255, 256, -1, 2**40, -2**70], 'f': 1.5, 'b': b'\0\xff', 's': {1, 2}, 't': (1, 2, 3, 4), 'n': None,
  // 'z': frozenset([3])}, protocol) of Python 3.11
  it.each([
    [
      2,
      '80027d71002858010000006971015d7102284b004bff4d00014affffffff8a060000000000018a090000000000000000c0655801000000' +
        '667103473ff80000000000005801000000627104635f636f646563730a656e636f64650a7105580300000000c3bf710658060000006c61' +
        '74696e317107867108527109580100000073710a635f5f6275696c74696e5f5f0a7365740a710b5d710c284b014b026585710d52710e58' +
        '0100000074710f284b014b024b034b0474711058010000006e71114e58010000007a7112635f5f6275696c74696e5f5f0a66726f7a656e' +
        '7365740a71135d71144b0361857115527116752e',
    ],
    [
      3,
      '80037d71002858010000006971015d7102284b004bff4d00014affffffff8a060000000000018a090000000000000000c0655801000000' +
        '667103473ff80000000000005801000000627104430200ff71055801000000737106636275696c74696e730a7365740a71075d7108284b' +
        '014b026585710952710a580100000074710b284b014b024b034b0474710c58010000006e710d4e58010000007a710e636275696c74696e' +
        '730a66726f7a656e7365740a710f5d71104b0361857111527112752e',
    ],
    [
      4,
      '8004956b000000000000007d94288c0169945d94284b004bff4d00014affffffff8a060000000000018a090000000000000000c0658c01' +
        '6694473ff80000000000008c016294430200ff948c0173948f94284b014b02908c017494284b014b024b034b0474948c016e944e8c017a' +
        '94284b039194752e',
    ],
    [
      5,
      '8005956b000000000000007d94288c0169945d94284b004bff4d00014affffffff8a060000000000018a090000000000000000c0658c01' +
        '6694473ff80000000000008c016294430200ff948c0173948f94284b014b02908c017494284b014b024b034b0474948c016e944e8c017a' +
        '94284b039194752e',
    ],
  ])('protocol %i', (_, hex) => {
    const toSet = (items: unknown) => new Set(items as unknown[])
    const globals = {
      '_codecs.encode': (text: string) => Buffer.from(text, 'latin1'),
      ...{ 'builtins.set': toSet, 'builtins.frozenset': toSet },
      ...{ '__builtin__.set': toSet, '__builtin__.frozenset': toSet },
    }
    const value = readPickle(Buffer.from(hex, 'hex'), globals) as Map<string, unknown>
    expect(Buffer.from(value.get('b') as Uint8Array).toString('hex')).toBe('00ff')
    value.delete('b')
    expect(value).toEqual(
      new Map<string, unknown>([
        ['i', [0, 255, 256, -1, 2 ** 40, -(2n ** 70n)]],
        ['f', 1.5],
        ['s', new Set([1, 2])],
        ['t', [1, 2, 3, 4]],
        ['n', null],
        ['z', new Set([3])],
      ]),
    )
  })

  it('says where a pickle ends, so that another may follow', () => {
    const bytes = Buffer.from('\x80\x02K\x01.\x80\x02K\x02.', 'latin1')
    const { value, end } = readPickleAt(bytes, {})
    expect([value, end]).toEqual([1, 5])
    expect(readPickleAt(bytes, {}, { at: end })).toEqual({ value: 2, end: 10 })
  })

  it('resolves references, if told how', () => {
    const bytes = Buffer.from('\x80\x02K\x07Q.', 'latin1')
    expect(readPickleAt(bytes, {}, { persistentLoad: (id) => [id] }).value).toEqual([7])
    expect(() => readPickle(bytes, {})).toThrow('pickle: a reference to outside data at byte 5')
  })

  it('shares what the memo shares', () => {
    const value = readPickle(Buffer.from('\x80\x02](]q\x00h\x00e.', 'latin1'), {}) as unknown[]
    expect(value[0]).toBe(value[1])
  })
})

describe('PickleWriter', () => {
  it('writes what the reader reads, beyond 256 places in the memo and 65535', () => {
    const w = new PickleWriter()
    const numbers = [0, 255, 256, 65535, 65536, 2 ** 31 - 1]
    w.tuple(
      ...Array.from({ length: 300 }, (_, i) => () => w.text(`text ${i}`)),
      () => w.text('text 299'),
      () => w.text('größe'),
      ...numbers.map((n) => () => w.int(n)),
      () => w.false(),
      () => w.tuple(),
    )
    const texts = Array.from({ length: 300 }, (_, i) => `text ${i}`)
    expect(readPickle(w.finish(), {})).toEqual([...texts, 'text 299', 'größe', ...numbers, false, []])
  })
})
