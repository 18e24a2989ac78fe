/** Foreign weights in the networks here; the files are made by scripts/makeForeignFixtures.py. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { noGrad } from '../../src/autograd/gradMode.js'
import { saveWeights } from '../../src/io/safetensors.js'
import { createModel } from '../../src/models/registry.js'
import { setBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { ConfigError, DataError } from '../../src/tensor/errors.js'
import { Generator } from '../../src/tensor/random.js'
import type { StateDict } from '../../src/tensor/stateDict.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import { startFrom } from '../../src/train/initialWeights.js'
import { factsBeside, modelOfArch } from '../../src/train/trained/facts.js'
import { fitWeights } from '../../src/train/trained/fitWeights.js'
import { modelShapes } from '../../src/train/trained/modelShapes.js'
import { importModel, openTrained, whatWeightsFit } from '../../src/train/trained/openTrained.js'
import { decodeFacts, encodeTrainedOn } from '../../src/train/trained/trainedOn.js'
import { fixture } from '../support/fixtures.js'
import '../support/allClose.js'
import { hashParameter } from '../support/hashInit.js'
import { hashTensor } from '../support/hashTensor.js'
import { temporaryFolders } from './support.js'

beforeAll(() => setBackend(new WasmBackend({ threads: 1 })))

const newFolder = temporaryFolders()

/** resnet20's weights, random batch norms included, for so many classes. */
function weightsOf(numClasses = 10): StateDict {
  const generator = new Generator(4)
  return Object.fromEntries(
    Object.entries(createModel('resnet20', { seed: 4, numClasses }).stateDict()).map(([name, value]) => [
      name,
      value.dtype === 'I64' ? value : { ...value, data: value.data.map(() => 0.1 + generator.uniform()) },
    ]),
  )
}

const renamed = (weights: StateDict, rename: (name: string) => string): StateDict =>
  Object.fromEntries(Object.entries(weights).map(([name, value]) => [rename(name), value]))

function save(weights: StateDict, metadata: Record<string, string> = {}): string {
  const path = join(newFolder(), 'w.safetensors')
  saveWeights(path, weights, metadata)
  return path
}

const vector = (n: number) => ({ dtype: 'F32', shape: [n], data: new Float32Array(n).fill(1) }) as const

describe('names', () => {
  it.each<[string, (name: string) => string]>([
    ['as they are', (name) => name],
    ["Lightning's", (name) => `net.${name}`],
    ['compiled, then parallel', (name) => `_orig_mod.module.${name}`],
    ['wrapped inside', (name) => name.replace('layer1.', 'layer1._orig_mod.').replace('layer2.', 'layer2.module.')],
    ['model. and model.encoder.', (name) => `model.encoder.${name}`],
    ['another classifier', (name) => name.replace('fc.', 'linear.')],
    ['all of it', (name) => `module.model.${name.replace('fc.', 'head.')}`],
  ])('%s', (_, rename) => {
    const weights = weightsOf()
    const aside = { n_averaged: vector(1), 'criterion.weight': vector(10), total_ops: vector(1) }
    const { model, name } = openTrained(save({ ...renamed(weights, rename), ...aside }))
    expect(name).toBe('resnet20')
    expect(model.stateDict()).toEqual(weights)
  })

  it('of an average and of the raw weights in one dict: the average, said', () => {
    const average = weightsOf()
    const raw = createModel('resnet20', { seed: 1 }).stateDict()
    const both = { ...renamed(raw, (name) => `model.${name}`), ...renamed(average, (name) => `ema_model.${name}`) }
    const { model, notes } = openTrained(save(both))
    expect(model.stateDict()).toEqual(average)
    expect(notes).toContain('"ema_model." is taken; "model." would fit as well')
  })

  it('by order and shape, on request alone', () => {
    const weights = weightsOf(7)
    const path = save(
      renamed(weights, (name) => name.replace('layer', 'stage').replace('conv', 'c').replace('bn', 'norm')),
    )
    expect(() => openTrained(path)).toThrow('by names they fit none, by order and shape (--match order) resnet20')
    expect(() => openTrained(path, { model: 'resnet20' })).toThrow('by order and shape all of them fit: --match order')
    const { model, mapping } = importModel(path, { model: 'resnet20', byOrder: true })
    const counters = Object.keys(weights).filter((name) => name.endsWith('num_batches_tracked'))
    const { ...taken } = model.stateDict()
    for (const name of counters) delete taken[name]
    expect(taken).toEqual(Object.fromEntries(Object.entries(weights).filter(([name]) => !counters.includes(name))))
    expect(mapping.get('layer1.0.conv1.weight')).toBe('stage1.0.c1.weight')
  })

  it("biases before a batch norm go into its mean: logits are the other network's", () => {
    const weights = weightsOf()
    const bias = { dtype: 'F32', shape: [16], data: Float32Array.from({ length: 16 }, (_, c) => c / 16) } as const
    const { weights: fitted, notes } = fitWeights({ ...weights, 'conv1.bias': bias }, modelShapes('resnet20', {}))
    const mean = weights['bn1.running_mean']!.data
    expect(fitted['bn1.running_mean']!.data).toEqual(mean.map((v, c) => v - bias.data[c]!))
    expect(notes).toEqual(['biases of 1 convolutions taken into the batch norms behind them'])
  })
})

describe("timm's networks give PyTorch's logits", () => {
  it.each([
    ['mobilenetv1_100', 'mobilenetv1', {}],
    ['mobilenetv2_050', 'mobilenetv2', { width: 0.5 }],
    ['mobilenetv3_large_100', 'mobilenetv3-large', {}],
    ['mobilenetv3_small_050', 'mobilenetv3-small', { width: 0.5, fixedStem: true }],
    ['mobilenetv3_small_075', 'mobilenetv3-small', { width: 0.75 }],
    ['semnasnet_100', 'mnasnet-a1', {}],
  ])('%s', (timm, name, options) => {
    const { state, logits } = fixture<{ state: Record<string, number[]>; logits: number[][] }>(`foreign/timm-${timm}`)
    const weights = Object.fromEntries(
      Object.entries(state).map(([key, shape]) => [
        key,
        { dtype: 'F32', shape, data: hashParameter(key, shape) } as const,
      ]),
    )
    const loaded = openTrained(save(weights))
    expect(loaded.name).toBe(name)
    expect(loaded.options).toMatchObject({ numClasses: 7, ...options })
    const x = tensor(hashTensor({ name: 'x', shape: [1, 3, 64, 64] }), [1, 3, 64, 64])
    const output = noGrad(() => loaded.model.call(x)).data
    const largest = Math.max(...logits[0]!.map(Math.abs))
    expect(output).toBeAllClose(logits[0]!, { absolute: 1e-5 * largest, what: 'logits' })
  })
})

describe('what the images are', () => {
  it('is assumed by kind and number of classes, and said', () => {
    const small = openTrained(save(weightsOf()))
    expect(small.trainedOn).toMatchObject({ mean: [0.4914, 0.4822, 0.4465], height: 32, cropShare: 1 })
    expect(small.notes.at(-1)).toBe(
      'assumed, as the file does not say: classes of CIFAR-10 (--classes); mean 0.4914,0.4822,0.4465 (--mean); ' +
        'standard deviation 0.247,0.2435,0.2616 (--std); images of 32 pixels (--input-size)',
    )
    const large = openTrained(save(createModel('shufflenetv2', { seed: 0, width: 0.5, numClasses: 1000 }).stateDict()))
    expect(large.options).toEqual({ width: 0.5, numClasses: 1000 })
    expect(large.trainedOn).toMatchObject({ mean: [0.485, 0.456, 0.406], height: 224, cropShare: 0.875 })
    expect(large.trainedOn.classes[0]).toBe('tench')
    expect(openTrained(save(weightsOf(3))).trainedOn.classes).toEqual(['class 0', 'class 1', 'class 2'])
  })

  it('is what flags say, before the file, before files beside it', () => {
    const path = save(weightsOf(3))
    writeFileSync(
      join(path, '..', 'config.json'),
      JSON.stringify({ num_classes: 3, mean: [0.1, 0.2, 0.3], id2label: { 0: 'a', 1: 'b', 2: 'c' } }),
    )
    expect(openTrained(path).trainedOn).toMatchObject({ classes: ['a', 'b', 'c'], mean: [0.1, 0.2, 0.3] })
    const given = { classes: ['x', 'y', 'z'], std: [1, 1, 1], inputSize: 40 }
    expect(openTrained(path, given).trainedOn).toMatchObject({ classes: ['x', 'y', 'z'], std: [1, 1, 1], height: 40 })
    expect(() => openTrained(path, { classes: ['x'] })).toThrow(
      new ConfigError('--classes: expected 3 names of classes, as the network has, got 1'),
    )
  })

  it('of timm, transformers and a list of classes, in their words', () => {
    const folder = newFolder()
    const timm = {
      architecture: 'mobilenetv3_large_075',
      pretrained_cfg: { mean: [1, 2, 3], std: [4, 5, 6], input_size: [3, 96, 96] },
    }
    writeFileSync(join(folder, 'config.json'), JSON.stringify(timm))
    writeFileSync(
      join(folder, 'preprocessor_config.json'),
      JSON.stringify({ image_mean: [7, 8, 9], size: { height: 64, width: 64 } }),
    )
    writeFileSync(join(folder, 'labels.txt'), 'cat\r\ndog\r\n')
    expect(factsBeside(join(folder, 'w.bin')).map(({ facts }) => facts)).toEqual([
      { mean: [1, 2, 3], std: [4, 5, 6], inputSize: 96, model: 'mobilenetv3-large', modelOptions: { width: 0.75 } },
      { mean: [7, 8, 9], inputSize: 64 },
      { classes: ['cat', 'dog'] },
    ])
    expect(modelOfArch('shufflenet_v2_x1_5')).toEqual({ model: 'shufflenetv2', options: { width: 1.5 } })
    const fixed = { width: 0.5, fixedStem: true }
    expect(modelOfArch('mobilenetv3_small_050')).toEqual({ model: 'mobilenetv3-small', options: fixed })
    expect(modelOfArch('efficientnet_b0')).toBeNull()
  })

  it('comes back from metadata as it was', () => {
    const { trainedOn } = openTrained(save(weightsOf(3)), { classes: ['x', 'y', 'z'], cropShare: 0.8, inputSize: 40 })
    const metadata = encodeTrainedOn({ ...trainedOn, data: 'photos', testShare: 0.3, splitSeed: 2, epoch: 7 })
    expect(decodeFacts(metadata, 'f')).toEqual({
      ...{
        model: 'resnet20',
        modelOptions: { numClasses: 3 },
        classes: ['x', 'y', 'z'],
        inputSize: 40,
        cropShare: 0.8,
      },
      ...{ mean: [...trainedOn.mean], std: [...trainedOn.std], data: 'photos', testShare: 0.3, splitSeed: 2, epoch: 7 },
    })
    expect(() => decodeFacts({ classes: '[1' }, 'f')).toThrow(
      new DataError('f: "classes" in its metadata is damaged (expected JSON)'),
    )
  })
})

describe('what does not fit', () => {
  it('is summed up by module, and nothing taken is an error', () => {
    const path = save(weightsOf())
    expect(() => openTrained(path, { model: 'resnet32' })).toThrow(
      'the weights do not fit the model resnet32: 60 missing from the file: layer1 (20), layer2 (20), layer3 (20)',
    )
    const other = save({ a: vector(3) })
    expect(() => importModel(other, { model: 'resnet20' })).toThrow('the weights do not fit the model resnet20')
  })

  it('a layer too many in the network itself is an error: it would compute something else', () => {
    const shortcut = { dtype: 'F32', shape: [32, 16, 1, 1], data: new Float32Array(512) } as const
    const path = save({ ...weightsOf(), 'layer2.0.downsample.0.weight': shortcut })
    expect(() => openTrained(path, { model: 'resnet20' })).toThrow('1 unexpected: layer2.0.downsample.0.weight')
  })

  it('is all that is said without a model, beside what is nearest', () => {
    const { 'layer3.2.conv2.weight': _, ...rest } = weightsOf()
    const { byName, byOrder, near } = whatWeightsFit(save(rest))
    expect([byName, byOrder]).toEqual([[], []])
    expect(near[0]!.model).toBe('resnet20')
    expect(whatWeightsFit(save(weightsOf())).byName.map(({ model }) => model)).toEqual(['resnet20'])
  })

  it('but for the classifier starts training anew', () => {
    const vgg = createModel('vgg16', { seed: 1 }).stateDict()
    const linear = (n: number, m: number) => ({ dtype: 'F32', shape: [n, m], data: new Float32Array(n * m) }) as const
    const other = {
      ...vgg,
      'classifier.0.weight': linear(6, 5),
      'classifier.0.bias': vector(6),
      'classifier.6.weight': linear(4, 6),
    }
    const model = createModel('vgg16', { seed: 2 })
    const own = model.stateDict()
    const notes: string[] = []
    startFrom(model, save(other), { model: 'vgg16', onNote: (note) => notes.push(note) })
    const now = model.stateDict()
    expect(now['features.0.weight']).toEqual(vgg['features.0.weight'])
    expect(now['classifier.0.weight']).toEqual(own['classifier.0.weight'])
    expect(notes.at(-1)).toContain('classifier.0.bias, classifier.0.weight start anew; left out: classifier.6.weight')
  })
})
