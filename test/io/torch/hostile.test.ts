import { describe, expect, it } from 'vitest'
import { PickleWriter } from '../../../src/io/pickle/writer.js'
import { decodeTorch } from '../../../src/io/torch/stateDict.js'
import { writeZip } from '../../../src/io/zip/write.js'
import { DataError } from '../../../src/tensor/errors.js'

const archive = (pickle: Uint8Array, storages: Record<string, Uint8Array> = {}, more: [string, Uint8Array][] = []) =>
  writeZip([
    ['a/data.pkl', pickle],
    ...Object.entries(storages).map(([key, bytes]) => [`a/data/${key}`, bytes] as const),
    ...more,
  ])

interface Parts {
  type?: string
  numbers?: number
  offset?: number
  shape?: number[]
  strides?: number[]
}

/** {'w': a tensor}, whatever its parts say. */
function oneTensor({ type = 'FloatStorage', numbers = 4, offset = 0, shape = [4], strides = [1] }: Parts): Uint8Array {
  const w = new PickleWriter()
  const ints = (list: number[]) => () => w.tuple(...list.map((n) => () => w.int(n)))
  w.call('collections', 'OrderedDict')
  const tensor = () =>
    w.call(
      'torch._utils',
      '_rebuild_tensor_v2',
      () =>
        w
          .tuple(
            () => w.text('storage'),
            () => w.global('torch', type),
            () => w.text('0'),
            () => w.text('cpu'),
            () => w.int(numbers),
          )
          .persistentId(),
      () => w.int(offset),
      ints(shape),
      ints(strides),
      () => w.false(),
      () => w.call('collections', 'OrderedDict'),
    )
  return w.setItems([[() => w.text('w'), tensor]]).finish()
}

const bytes = (count: number) => new Uint8Array(count)

describe('tensors that do not add up', () => {
  it.each<[string, Parts, number]>([
    ['storage 0 of 16 bytes has 12 bytes in the file', {}, 12],
    ['storage 0 of 8000000000 bytes has 16 bytes in the file', { numbers: 2_000_000_000, shape: [1] }, 16],
    ['a tensor (5,) with strides (1,) from 0 on reaches beyond the 4 numbers of its storage', { shape: [5] }, 16],
    ['a tensor (2,) with strides (3,) from 1 on reaches beyond', { shape: [2], strides: [3], offset: 1 }, 16],
    ['a tensor (1,) with strides (1,) from 4 on reaches beyond', { shape: [1], offset: 4 }, 16],
    ['a tensor whose offset, shape and strides are not whole numbers, or not as many', { shape: [2, 2] }, 16],
    ['storage 0 of 32 bytes has 16 bytes in the file', { type: 'ComplexFloatStorage' }, 16],
    ['a storage of unknown type', { type: 'Size' }, 16],
    [
      'its tensors would take 4000000000000000000 numbers, far more than the file holds',
      { shape: [2_000_000_000, 2_000_000_000], strides: [0, 0] },
      16,
    ],
  ])('%s', (message, parts, size) => {
    const run = () => decodeTorch(archive(oneTensor(parts), { 0: bytes(size) }), 'w.pth')
    expect(run).toThrow(DataError)
    expect(run).toThrow(message)
  })

  it('a storage that is not in the file', () => {
    expect(() => decodeTorch(archive(oneTensor({})), 'w.pth')).toThrow('storage 0 of 16 bytes has no bytes in the file')
  })

  it('numbers of the other byte order', () => {
    const big = archive(oneTensor({}), { 0: bytes(16) }, [['a/byteorder', Buffer.from('big')]])
    expect(() => decodeTorch(big, 'w.pth')).toThrow('its numbers are not little-endian')
  })

  it('read, if they do', () => {
    const data = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer)
    const dict = decodeTorch(archive(oneTensor({ shape: [2, 2], strides: [1, 2] }), { 0: data }), 'w.pth')
    expect(dict).toEqual({ w: { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, 3, 2, 4) } })
  })
})

describe('pickles that want more than data', () => {
  const text = (value: string) => Buffer.from(value, 'latin1')

  it.each([
    ['os.system', '\x80\x02cos\nsystem\nX\x04\x00\x00\x00echo\x85R.'],
    ['builtins.eval', '\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R.'],
    ['torch.hub.load', '\x80\x02ctorch.hub\nload\n)R.'],
    ['toString.constructor', '\x80\x02ctoString\nconstructor\n)R.'],
    ['collections.OrderedDict.__init__', '\x80\x02ccollections\nOrderedDict.__init__\n)R.'],
  ])('a call of %s is data, in which there are no weights', (name, pickle) => {
    const run = () => decodeTorch(archive(text(pickle)), 'w.pth')
    expect(run).toThrow(DataError)
    expect(run).toThrow(`w.pth: expected a state dict of tensors, found an object of ${name}`)
  })

  it.each([
    ['opcode EXT1 at byte 2', '\x80\x02\x82\x01.'],
    ['opcode NEXT_BUFFER at byte 2', '\x80\x05\x97.'],
    ['nothing on the stack at byte 3', '\x80\x02\x92.'],
    ['a reference to undefined undefined; expected a storage', '\x80\x02Pfile\n.'],
    ['no whole number before byte 5', '\x80\x02Ix\n.'],
    ['a call of what is no function at byte 29', '\x80\x02ccollections\nOrderedDict\nNR.'],
    ['a state for what takes none at byte 5', '\x80\x02}}b.'],
    ['expected a dict on the stack at byte 6', '\x80\x02]NNs.'],
    ['expected a list on the stack at byte 5', '\x80\x02}Na.'],
    ['nothing on the stack at byte 3', '\x80\x02R.'],
    ['no mark before byte 3', '\x80\x02t.'],
    ['nothing was memorized as 7 before byte 4', '\x80\x02h\x07.'],
    ['cut short at byte 11', '\x80\x02X\xff\xff\xff\x7fabcd'],
    ['expected protocol 5 or lower, got 6', '\x80\x06.'],
    ['a reference to "file" undefined; expected a storage', '\x80\x02X\x04\x00\x00\x00file\x85Q.'],
    ['a global named by a list and 1', '\x80\x04]K\x01\x93.'],
  ])('%s', (message, pickle) => {
    const run = () => decodeTorch(archive(text(pickle)), 'w.pth')
    expect(run).toThrow(DataError)
    expect(run).toThrow(message)
  })

  it('nested without end', () => {
    const nested = `\x80\x02${']'.repeat(50_000)}${'a'.repeat(49_999)}`
    expect(() => decodeTorch(archive(text(`${nested}.`)), 'w.pth')).toThrow('found a list')
    expect(() => decodeTorch(archive(text(`${nested}\x85Q.`)), 'w.pth')).toThrow('a reference to a list undefined')
    expect(() => decodeTorch(archive(text(`${nested}2\x93.`)), 'w.pth')).toThrow('a global named by a list and a list')
    expect(() => decodeTorch(archive(text('\x80\x02]q\x00h\x00a.')), 'w.pth')).toThrow('found a list')
  })

  it.each([
    ['a list', '\x80\x02].'],
    ['18446744073709551615', '\x80\x02\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\x00.'],
    ['3', '\x80\x02K\x03.'],
    ['a dict of "epoch": 3, "model": a list', '\x80\x02}(X\x05\x00\x00\x00epochK\x03X\x05\x00\x00\x00model]u.'],
  ])('without a state dict: %s', (found, pickle) => {
    expect(() => decodeTorch(archive(text(pickle)), 'w.pth')).toThrow(
      `w.pth: expected a state dict of tensors, found ${found}`,
    )
  })
})
