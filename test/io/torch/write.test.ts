import { expect, it } from 'vitest'
import { decodeTorch } from '../../../src/io/torch/stateDict.js'
import { encodeTorch } from '../../../src/io/torch/write.js'
import { ZipReader } from '../../../src/io/zip/read.js'
import type { StateDict } from '../../../src/tensor/stateDict.js'
import { fixtureBytes } from '../../support/fixtures.js'

const entries = (bytes: Uint8Array): Record<string, string> => {
  const zip = new ZipReader(bytes, 'x')
  return Object.fromEntries(
    zip.names.map((name) => [name.replace(/^\w+\//, ''), Buffer.from(zip.read(name)).toString('hex')]),
  )
}

it('writes, entry for entry, the bytes of torch.save', () => {
  const theirs = fixtureBytes('interchange/written.pth')
  const { byteorder, ...ours } = entries(encodeTorch(decodeTorch(theirs, 'written.pth')))
  expect(ours).toEqual(entries(theirs))
  expect(byteorder).toBe(Buffer.from('little').toString('hex')) // of PyTorch 2.0 and later
})

it('keeps numbers at multiples of 64 bytes', () => {
  const bytes = encodeTorch({ 'some.name': { dtype: 'F32', shape: [1], data: Float32Array.of(1.25) } })
  const at = Buffer.from(bytes).indexOf(Buffer.from(Float32Array.of(1.25).buffer))
  expect(at % 64).toBe(0)
})

it('reads what it wrote, also beyond a thousand tensors', () => {
  const tensors: StateDict = Object.fromEntries(
    Array.from({ length: 2001 }, (_, i) => [`n${i}`, { dtype: 'F32', shape: [1, 2], data: Float32Array.of(i, -i) }]),
  )
  expect(decodeTorch(encodeTorch(tensors), 'x')).toEqual(tensors)
  expect(() => decodeTorch(encodeTorch({}), 'x')).toThrow('expected a state dict of tensors, found a dict of ')
})
