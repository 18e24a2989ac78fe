import { describe, expect, test } from 'vitest'
import { createModel, listModels, type ModelOptions } from '../../src/models/index.js'
import { setBackend } from '../../src/tensor/backend.js'
import { Generator, manualSeed } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'

setBackend(new ReferenceBackend())

const NAMES = [
  'vgg16',
  'ghost-vgg16',
  'resnet20',
  'resnet32',
  'resnet44',
  'resnet56',
  'resnet110',
  'ghost-resnet20',
  'ghost-resnet32',
  'ghost-resnet44',
  'ghost-resnet56',
  'ghost-resnet110',
  'speednet',
  'ghost-speednet',
  'ghostnet',
  'resnet50',
  'ghost-resnet50',
  'mobilenetv1',
  'mobilenetv2',
  'mobilenetv3-small',
  'mobilenetv3-large',
  'shufflenetv1',
  'shufflenetv2',
  'mnasnet-a1',
]

test('listModels names every model, with one line on it and its options', () => {
  expect(listModels().map((model) => model.name)).toEqual(NAMES)
  for (const { description } of listModels()) expect(description).toMatch(/^[^\n]{20,90}$/)
  expect(listModels().find((model) => model.name === 'ghost-vgg16')!.options).toEqual([
    's',
    'd',
    'ghostFirst',
    'numClasses',
    'seed',
    'generator',
  ])
})

describe('errors', () => {
  test('an unknown name', () => {
    const known = `known: ${NAMES.join(', ')}`
    expect(() => createModel('resnet57')).toThrow(`unknown model "resnet57"; did you mean "resnet56"? ${known}`)
    expect(() => createModel('GhostVGG16')).toThrow(`unknown model "GhostVGG16"; did you mean "ghost-vgg16"? ${known}`)
    expect(() => createModel('transformer')).toThrow(`unknown model "transformer"; ${known}`)
  })

  test('an option that the model does not take', () => {
    expect(() => createModel('resnet20', { s: 2 })).toThrow(
      'resnet20: unknown option "s"; known: channels, numClasses, seed, generator',
    )
    expect(() => createModel('ghostnet', { widht: 2 } as ModelOptions)).toThrow(
      'ghostnet: unknown option "widht"; known: width, inputSize, dropout, numClasses, seed, generator',
    )
  })

  test.each<[string, object, string]>([
    ['ghost-vgg16', { s: 1 }, 'ghost-vgg16: expected s to be a whole number of at least 2, got 1'],
    ['ghost-vgg16', { d: 4 }, 'ghost-vgg16: expected d to be an odd whole number, got 4'],
    ['ghost-resnet20', { ghostFirst: 'yes' }, 'ghost-resnet20: expected ghostFirst to be true or false, got "yes"'],
    ['resnet20', { numClasses: 0 }, 'resnet20: expected numClasses to be a whole number of at least 1, got 0'],
    ['vgg16', { channels: [64, 0] }, 'vgg16: expected channels to be whole numbers of at least 1, got 64,0'],
    ['vgg16', { channels: [64] }, 'VGG-16: expected 13 numbers of channels, one a convolution, got 1'],
    ['resnet20', { channels: [8, 8] }, 'ResNet-20: expected 9 numbers of channels, one a block, got 2'],
    ['ghost-vgg16', { channels: [64] }, 'ghost-vgg16: unknown option "channels"; known: s, d'],
    ['ghostnet', { width: -1 }, 'ghostnet: expected width to be a positive number, got -1'],
    ['ghostnet', { width: Number.NaN }, 'ghostnet: expected width to be a positive number, got NaN'],
    ['shufflenetv1', { groups: 5 }, 'shufflenetv1: expected groups to be one of 1, 2, 3, 4, 8, got 5'],
    ['shufflenetv2', { width: 0.7 }, 'shufflenetv2: expected width to be one of 0.5, 1, 1.5, 2, got 0.7'],
    ['ghostnet', { inputSize: 7 }, 'ghostnet: expected inputSize to be a whole number of at least 8, got 7'],
    ['ghostnet', { dropout: 1 }, 'ghostnet: expected dropout to be a probability from 0 to below 1, got 1'],
    ['resnet20', { seed: '1' }, 'resnet20: expected seed to be a finite number, got "1"'],
  ])('%s with %o', (name, options, message) => {
    expect(() => createModel(name, options as ModelOptions)).toThrow(message)
  })
})

describe('where the weights start', () => {
  const weights = (options: ModelOptions) => createModel('resnet20', options).stateDict()['layer1.0.conv1.weight']!.data

  test('a seed, or a generator, decides it', () => {
    expect(weights({ seed: 1 })).toEqual(weights({ seed: 1 }))
    expect(weights({ seed: 1 })).not.toEqual(weights({ seed: 2 }))
    expect(weights({ generator: new Generator(1) })).toEqual(weights({ seed: 1 }))
  })

  test('without either, the default generator', () => {
    manualSeed(1)
    expect(weights({})).toEqual(weights({ seed: 1 }))
  })

  test('convolutions are normal with variance 2 / fanOut, depthwise ones counted by group', () => {
    const state = createModel('ghost-resnet20', { seed: 1 }).stateDict()
    const std = (name: string) => {
      const { data } = state[name]!
      return Math.sqrt(data.reduce((sum, v) => sum + v * v, 0) / data.length)
    }
    expect(std('layer3.1.conv1.primary_conv.0.weight') / Math.sqrt(2 / (32 * 9))).toBeCloseTo(1, 1)
    expect(std('layer3.1.conv1.cheap_operation.0.weight') / Math.sqrt(2 / 9)).toBeCloseTo(1, 0)
  })
})

test('numClasses sets the size of the output', () => {
  const shapeOf = (name: string, key: string) => createModel(name, { numClasses: 7 }).stateDict()[key]!.shape
  expect(shapeOf('resnet20', 'fc.weight')).toEqual([7, 64])
  expect(shapeOf('ghost-resnet20', 'fc.weight')).toEqual([7, 64])
  expect(shapeOf('ghostnet', 'classifier.weight')).toEqual([7, 1280])
})
