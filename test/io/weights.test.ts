import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { noGrad } from '../../src/autograd/gradMode.js'
import { fromStateValue } from '../../src/io/fileArray.js'
import { encodeNpz } from '../../src/io/npz.js'
import { encodeSafetensors } from '../../src/io/safetensors.js'
import { encodeTorch } from '../../src/io/torch/write.js'
import { decodeWeights, loadWeights } from '../../src/io/weights.js'
import { writeZip } from '../../src/io/zip/write.js'
import { createModel } from '../../src/models/registry.js'
import { setBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { DataError } from '../../src/tensor/errors.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import type { StateDict } from '../../src/tensor/stateDict.js'
import '../support/allClose.js'
import { fixture, fixtureBytes } from '../support/fixtures.js'
import { hashParameter } from '../support/hashInit.js'
import { type HashedInput, hashTensor } from '../support/hashTensor.js'

const folder = mkdtempSync(join(tmpdir(), 'ghostgrad-'))
afterAll(() => rmSync(folder, { recursive: true }))

const small: StateDict = {
  'fc.weight': { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, -2, 0.5, 3) },
  'bn.num_batches_tracked': { dtype: 'I64', shape: [], data: Float32Array.of(7) },
}

const encoders: Record<string, (tensors: StateDict) => Uint8Array> = {
  safetensors: encodeSafetensors,
  pth: encodeTorch,
  npz: (tensors) =>
    encodeNpz(Object.fromEntries(Object.entries(tensors).map(([name, v]) => [name, fromStateValue(name, v)]))),
}

describe('loadWeights', () => {
  it.each(Object.entries(encoders))('%s, whatever the name of the file', (format, encode) => {
    const file = join(folder, format)
    writeFileSync(file, encode(small))
    expect(loadWeights(file)).toEqual(small)
  })

  it.each(Object.entries(encoders))('%s: leaves out what wrappers put before all names', (_, encode) => {
    const renamed = (rename: (name: string) => string) =>
      Object.fromEntries(Object.entries(small).map(([name, value]) => [rename(name), value]))
    expect(decodeWeights(encode(renamed((name) => `module.${name}`)), 'x').tensors).toEqual(small)
    expect(decodeWeights(encode(renamed((name) => `module._orig_mod.${name}`)), 'x').tensors).toEqual(small)
    const some = renamed((name) => (name === 'fc.weight' ? name : `module.${name}`))
    expect(decodeWeights(encode(some), 'x').tensors).toEqual(some)
  })

  it('says what it expected of any other file', () => {
    const expected = 'expected safetensors, torch.save (.pth, .pt) or numpy.savez (.npz)'
    expect(() => decodeWeights(Buffer.from('hello'), 'x')).toThrow(`x: not a file of weights: ${expected}`)
    expect(() => decodeWeights(fixtureBytes('interchange/version1.npy'), 'x')).toThrow(DataError)
    expect(() => decodeWeights(writeZip([['a.txt', new Uint8Array(1)]]), 'x')).toThrow(
      'x: a zip archive, but not one of torch.save or numpy.savez',
    )
    expect(() => loadWeights(join(folder, 'none'))).toThrow('none: cannot be read (ENOENT')
  })
})

describe("a network that PyTorch's definition saved", () => {
  const { input, logits, state } = fixture<{
    input: HashedInput
    logits: number[][]
    state: Record<string, number[]>
  }>('models-resnet20')

  /** The pickle is PyTorch's; the numbers that it refers to, which are too many to store, follow from their names. */
  function savedByTorch(): Uint8Array {
    const storages = Object.entries(state).map(([name, shape], i) => {
      const values = hashParameter(name, shape)
      const numbers = name.endsWith('num_batches_tracked') ? BigInt64Array.from(values, BigInt) : values
      return [`resnet20/data/${i}`, new Uint8Array(numbers.buffer)] as const
    })
    const version = ['resnet20/version', Buffer.from('3\n')] as const
    return writeZip([['resnet20/data.pkl', fixtureBytes('interchange/resnet20.pkl')], ...storages, version])
  }

  it('gives the logits that PyTorch got', () => {
    setBackend(new ReferenceBackend())
    const model = createModel('resnet20')
    const report = model.loadStateDict(decodeWeights(savedByTorch(), 'resnet20.pth').tensors)
    expect(report).toEqual({ missing: [], unexpected: [], wrongShape: [] })
    const output = noGrad(() => model.eval().call(tensor(hashTensor(input), input.shape)))
    const largest = Math.max(...logits.flat().map(Math.abs))
    expect(output).toBeAllClose(logits.flat(), { absolute: 1e-5 * largest, what: 'logits' })
  })
})
