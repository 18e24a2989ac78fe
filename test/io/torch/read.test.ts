import { describe, expect, it } from 'vitest'
import { decodeTorch } from '../../../src/io/torch/stateDict.js'
import { DataError } from '../../../src/tensor/errors.js'
import { fixture, fixtureBytes } from '../../support/fixtures.js'

interface Expected {
  tensors: Record<string, { dtype: string; shape: number[]; values: number[] }>
  checkpoint: Record<string, number[]>
}

const { tensors, checkpoint } = fixture<Expected>('interchange')
const load = (name: string) => decodeTorch(fixtureBytes(`interchange/${name}`), name)
const messageOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(DataError)
    return (error as Error).message
  }
  throw new Error('expected an error')
}

describe('files of torch.save', () => {
  it.each(['dtypes.pth', 'dtypes-legacy.pth', 'protocol4.pth'])(
    '%s: every dtype; shared storages, strides, offsets',
    (file) => {
      const dict = load(file)
      expect(Object.keys(dict)).toEqual(Object.keys(tensors))
      for (const [name, { dtype, shape, values }] of Object.entries(tensors)) {
        const kind = dtype.includes('float') ? 'F32' : 'I64'
        expect(dict[name], name).toEqual({ dtype: kind, shape, data: Float32Array.from(values) })
      }
    },
  )

  it.each(['checkpoint.pth', 'checkpoint-legacy.pth'])(
    '%s: the state dict beside optimizer, arguments and scalars',
    (file) => {
      const dict = load(file)
      expect(Object.keys(dict)).toEqual(Object.keys(checkpoint).map((name) => `module.${name}`))
      for (const [name, values] of Object.entries(checkpoint)) {
        expect(dict[`module.${name}`]!.data, name).toEqual(Float32Array.from(values))
      }
    },
  )

  it('finds nothing to run: a call of os.system is data', () => {
    expect(messageOf(() => load('hostile.pth'))).toBe(
      'hostile.pth: expected a state dict of tensors, found a dict of "state_dict": an object of posix.system',
    )
  })

  it('a whole model gives its tensors', () => {
    expect(Object.keys(load('whole-model.pth'))).toEqual(['weight', 'bias'])
  })
})

describe('damage', () => {
  it.each(['dtypes.pth', 'dtypes-legacy.pth', 'protocol4.pth'])('%s: cut short anywhere, it is refused', (name) => {
    const bytes = fixtureBytes(`interchange/${name}`)
    for (let length = 0; length < bytes.length; length += 3) {
      expect(() => decodeTorch(bytes.subarray(0, length), name), `${length} bytes`).toThrow(DataError)
    }
  })

  it('legacy: one byte changed, it is refused or read, but nothing else', () => {
    const good = fixtureBytes('interchange/checkpoint-legacy.pth')
    for (let at = 0; at < good.length; at++) {
      for (const change of [1, 0x80]) {
        const bytes = Uint8Array.from(good)
        bytes[at]! ^= change
        try {
          decodeTorch(bytes, 'x')
        } catch (error) {
          expect(error, `byte ${at} ^ ${change}`).toBeInstanceOf(DataError)
        }
      }
    }
  })
})
