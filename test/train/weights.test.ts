import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { saveWeights } from '../../src/io/safetensors.js'
import { createModel } from '../../src/models/registry.js'
import { setBackend } from '../../src/tensor/backend.js'
import { ConfigError, DataError } from '../../src/tensor/errors.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { loadModel } from '../../src/train/trained/openTrained.js'
import { applyWeights, writeWeights } from '../../src/train/weights.js'
import { temporaryFolders } from './support.js'

beforeAll(() => setBackend(new ReferenceBackend()))

const newFolder = temporaryFolders()

describe('applyWeights', () => {
  it('says what does not fit, a few names of each kind', () => {
    const model = createModel('resnet20', { seed: 0 })
    const { 'fc.bias': bias, 'conv1.weight': _, ...rest } = model.stateDict()
    const weights = { ...rest, 'fc.bias': { ...bias!, shape: [2], data: new Float32Array(2) }, extra: bias! }
    const apply = () => applyWeights(model, weights, 'w.safetensors')
    expect(apply).toThrow(DataError)
    expect(apply).toThrow(
      'w.safetensors: the weights do not fit the model: missing conv1.weight; unexpected extra; ' +
        'wrong shape fc.bias expected (10,) got (2,)',
    )
    expect(() => applyWeights(model, {}, 'w')).toThrow(
      'missing bn1.bias, bn1.running_mean, bn1.running_var and 94 more',
    )
  })

  it('does without counters of batches', () => {
    const model = createModel('resnet20', { seed: 0 })
    const weights = Object.entries(model.stateDict()).filter(([name]) => !name.endsWith('num_batches_tracked'))
    applyWeights(model, Object.fromEntries(weights), 'w')
  })
})

describe('loadModel', () => {
  it('takes model and options from the file, and lets the caller override them', () => {
    const path = join(newFolder(), 'w.safetensors')
    const model = createModel('ghost-resnet20', { seed: 3, s: 4, d: 5 })
    writeWeights(path, model.stateDict(), { model: 'ghost-resnet20', modelOptions: '{"s":4,"d":5}' })
    const loaded = loadModel(path)
    expect(loaded.name).toBe('ghost-resnet20')
    expect(loaded.model.training).toBe(false)
    expect(loaded.model.stateDict()).toEqual(model.stateDict())
    expect(() => loadModel(path, undefined, { s: 2 })).toThrow('the weights do not fit the model')
    expect(() => loadModel(path, 'resnet20')).toThrow('the weights do not fit the model')
  })

  it('takes the network that fits if the file names none, and asks if there is not one', () => {
    const path = join(newFolder(), 'w.safetensors')
    saveWeights(path, createModel('resnet20', { seed: 0 }).stateDict())
    expect(loadModel(path).name).toBe('resnet20')
    const { 'fc.weight': _, ...rest } = createModel('resnet20', { seed: 0 }).stateDict()
    saveWeights(path, rest)
    expect(() => loadModel(path)).toThrow(
      new ConfigError(
        `${path} does not say which model its weights are for: name it by --model NAME; they fit none of those here to the last ` +
          `tensor (ghostgrad import ${path})`,
      ),
    )
  })

  it('refuses a file that is not there', () => {
    expect(() => loadModel('/nowhere/w.safetensors')).toThrow(DataError)
  })
})
