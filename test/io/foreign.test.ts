/** Weights in the ways that other tools save them; the files are made by scripts/makeForeignFixtures.py. */
import { existsSync, rmSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { InertObject, readPickle } from '../../src/io/pickle/reader.js'
import { decodeWeightsFile } from '../../src/io/weights.js'
import { DataError } from '../../src/tensor/errors.js'
import type { StateDict } from '../../src/tensor/stateDict.js'
import { fixtureBytes } from '../support/fixtures.js'

const open = (name: string) => decodeWeightsFile(fixtureBytes(`foreign/${name}`), name)

/** Of all files: counted from `first` on, ten more for each tensor. */
const expected = (prefix = ''): Record<string, number[]> => ({
  [`${prefix}conv.weight`]: [1, 2],
  [`${prefix}conv.bias`]: [11, 12],
  [`${prefix}fc.weight`]: [21, 22, 23, 24, 25, 26],
  [`${prefix}fc.bias`]: [31, 32, 33],
  [`${prefix}steps`]: [7],
})

const numbers = (state: StateDict) =>
  Object.fromEntries(Object.entries(state).map(([name, { data }]) => [name, [...data]]))

describe('files of other tools', () => {
  it.each([0, 1, 2, 3, 4, 5])('a pickle of protocol %i with tensors and arrays', (protocol) => {
    const state = open(`protocol${protocol}.pkl`).parts[0].read()
    expect(numbers(state)).toEqual(expected())
    expect(state['fc.weight']!.shape).toEqual([3, 2])
  })

  it('a tar file of before PyTorch 0.1.10', () => {
    expect(numbers(open('tar.pth').parts[0].read())).toEqual(expected())
  })

  it.each([
    ['module.pt', ''],
    ['module-legacy.pt', 'module.'],
    ['script.pt', ''],
  ])('a whole module: %s', (name, prefix) => {
    expect(numbers(open(name).parts[0].read())).toEqual(expected(prefix))
  })

  it('a checkpoint: weights in a defaultdict beside a Counter, a Namespace, a path, NumPy scalars; and its facts', () => {
    const { parts, facts } = open('checkpoint.pth')
    expect(parts.map(({ name }) => name)).toEqual(['state_dict'])
    expect(numbers(parts[0].read())).toEqual(expected())
    expect(facts).toEqual({ arch: 'resnet20', classes: ['a', 'b', 'c'], mean: [0.1, 0.2, 0.3], inputSize: 64 })
  })

  it('an average comes before the weights, which can be had too', () => {
    const { parts } = open('ema.pth')
    expect(parts.map(({ name }) => name)).toEqual(['state_dict_ema', 'state_dict'])
    expect(numbers(parts[0].read())).toEqual(expected())
    expect(numbers(parts[1]!.read())['conv.weight']).toEqual([100, 101])
  })

  it('complex tensors are refused by name', () => {
    const { parts } = open('complex.pth')
    expect(() => parts[0].read()).toThrow('complex.pth: "extra" is ComplexFloat; expected real numbers')
  })

  it.each([
    ['\x89HDF\r\n\x1a\n', 'HDF5 (Keras, h5py): save the weights by torch.save'],
    ['version https://git-lfs.github.com/spec/v1\n', 'a pointer of Git LFS: fetch the file itself by git lfs pull'],
    ['<!DOCTYPE html><html></html>', 'a page of HTML, as a failed download leaves it'],
  ])('what is no file of weights is named: %j', (text, message) => {
    expect(() => decodeWeightsFile(Buffer.from(text, 'latin1'), 'x.h5')).toThrow(
      `x.h5: not a file of weights: ${message}`,
    )
  })
})

describe('nothing is run', () => {
  const inert = { unknownNames: 'inert' } as const

  it.each([
    ['REDUCE', '\x80\x02cos\nsystem\nX\x0e\x00\x00\x00touch pwned123\x85R.'],
    ['INST', "(S'touch pwned123'\nios\nsystem\n."],
    ['OBJ', "(cos\nsystem\nS'touch pwned123'\no."],
    ['NEWOBJ', '\x80\x02cos\nsystem\nX\x0e\x00\x00\x00touch pwned123\x85\x81.'],
    ['NEWOBJ_EX', '\x80\x04cos\nsystem\nX\x0e\x00\x00\x00touch pwned123\x85}\x92.'],
  ])('%s of os.system is data', (_, pickle) => {
    const value = readPickle(Buffer.from(pickle, 'latin1'), {}, inert) as InertObject
    expect(value).toBeInstanceOf(InertObject)
    expect([value.type, value.args]).toEqual(['os.system', ['touch pwned123']])
    expect(existsSync('pwned123')).toBe(false)
    rmSync('pwned123', { force: true })
  })

  it('names of JavaScript lead nowhere', () => {
    for (const name of ['constructor\nconstructor', '__proto__\ntoString', 'toString\ncall']) {
      const value = readPickle(Buffer.from(`\x80\x02c${name}\n)R.`, 'latin1'), {}, inert)
      expect(value).toBeInstanceOf(InertObject)
    }
  })

  it('a dict that is cut short, or a number of a million digits, is refused', () => {
    for (const text of ["(S'a'\nd.", `L${'9'.repeat(2000)}L\n.`, 'I12x\n.', 'S"unclosed\n.']) {
      expect(() => readPickle(Buffer.from(text, 'latin1'), {}, inert), text.slice(0, 10)).toThrow(DataError)
    }
  })
})
