import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { saveWeights } from '../../src/io/safetensors.js'
import { listModels } from '../../src/models/registry.js'
import { temporaryFolders } from '../train/support.js'
import { ghostgrad } from './support.js'

const newFolder = temporaryFolders()

/** A bad call must say this, in one line on stderr and nothing on stdout. */
async function expectError(args: readonly string[], code: number, text: string | RegExp): Promise<void> {
  const outcome = await ghostgrad(args, { cwd: newFolder() })
  expect(outcome.stdout).toBe('')
  expect(outcome.stderr.trimEnd()).toMatch(text)
  expect(outcome.stderr).toMatch(/^ghostgrad: [^\n]*\n$/)
  expect(outcome.code).toBe(code)
}

const models = listModels()
  .map(({ name }) => name)
  .join(', ')

describe('a bad call gets one line and exit code 2:', () => {
  it.each([
    ['a command', ['trian'], "unknown command 'trian'; did you mean train? (--help shows what there is)"],
    [
      'a flag',
      ['train', '--batchsize', '4'],
      "unknown option '--batchsize'; did you mean --batch-size? (--help shows what there is)",
    ],
    ['a flag without its value', ['train', '--lr'], "option '--lr <n>' argument missing (--help shows what there is)"],
    ['a value', ['train', '--epochs', 'many'], '--epochs: expected a whole number of at least 1, got "many"'],
    ['an empty value', ['train', '--lr', ''], '--lr: expected a positive number, got ""'],
    [
      'a list',
      ['train', '--milestones', '3,x'],
      '--milestones: expected whole numbers, each larger than the one before, got [3,"x"]',
    ],
    [
      'too few of a list',
      ['summary', 'vgg16', '--channels', '32,64'],
      'VGG-16: expected 13 numbers of channels, one a convolution, got 2',
    ],
    [
      'a choice',
      ['train', '--augment', 'standart'],
      '--augment: expected one of none, crop, standard, cutout, translate-pN or translate-pN-alternate with N pixels, or rand-mM-nN with a magnitude M from 0 to 10 and N of at least 1, got "standart"; did you mean "standard"?',
    ],
    [
      'a data set',
      ['train', '--data', 'mnist'],
      'data: expected one of cifar10, cifar100, cifar10-sample, or the path of images, got "mnist"',
    ],
    [
      'a model to train',
      ['train', '--model', 'ghostnett'],
      `--model: expected one of ${models}, or a module of your own (./mine.mjs), got "ghostnett"; did you mean "ghostnet"?`,
    ],
    ['a model to show', ['summary', 'resnet57'], `unknown model "resnet57"; did you mean "resnet56"? known: ${models}`],
    ['a missing model', ['summary'], "missing required argument 'model' (--help shows what there is)"],
    [
      "an option that is not the model's",
      ['summary', 'resnet20', '--s', '3'],
      'resnet20: unknown option "s"; known: channels, numClasses, seed, generator',
    ],
    [
      'a size',
      ['summary', 'vgg16', '--input-size', 'big'],
      '--input-size: expected a whole number of at least 1, got "big"',
    ],
    ['weights that are not named', ['eval'], "required option '--weights <path>' not specified"],
    [
      'an operation',
      ['gradcheck', 'conv3d'],
      'unknown operation, layer or model "conv3d"; did you mean "conv2d"? known: ',
    ],
    [
      'two configurations',
      ['train', '--resume', 'a', '--config', 'b'],
      '--resume and --config exclude each other: a run that is resumed has its own configuration',
    ],
  ])('%s', (_, args, text) => expectError(args, 2, text))

  it('a YAML key', async () => {
    const path = join(newFolder(), 'run.yaml')
    writeFileSync(path, 'batchsize: 4\n')
    await expectError(
      ['train', '--config', path],
      2,
      `${path}: batchsize: unknown key; did you mean "batchSize"? known: `,
    )
    writeFileSync(path, 'batchSize: four\n')
    await expectError(
      ['train', '--config', path],
      2,
      `${path}: batchSize: expected a whole number of at least 1, got "four"`,
    )
  })
})

describe('a failure gets one line and exit code 1:', () => {
  it.each([
    ['a missing configuration', ['train', '--config', 'no.yaml'], 'no.yaml: cannot read the configuration (ENOENT)'],
    [
      'a missing run',
      ['train', '--resume', 'runs/no'],
      "runs/no: no such run; expected a run's folder or a checkpoint file",
    ],
    ['a run without a checkpoint', ['train', '--resume', '.'], '.: there is no checkpoint.safetensors in this folder'],
    ['missing weights', ['eval', '--weights', 'no.safetensors'], /no\.safetensors: cannot be read \(ENOENT/],
    [
      'a missing local copy',
      ['data', 'cifar10', '--from', 'no.tar.gz', '--data-dir', '.'],
      'local copy: no.tar.gz: no such file or folder',
    ],
    [
      'missing data',
      ['train', '--offline', '--data-dir', '.'],
      /^ghostgrad: CIFAR-10 is not in cifar10 \(missing: .*; the small sample in the package is always there: --data cifar10-sample$/,
    ],
  ])('%s', (_, args, text) => expectError(args, 1, text))

  it('damaged data', async () => {
    const folder = newFolder()
    mkdirSync(join(folder, 'cifar10'))
    const file = join(folder, 'cifar10', 'data_batch_1.bin')
    writeFileSync(file, 'not the data')
    for (const command of ['data', 'train']) {
      await expectError(
        [command, '--offline', '--data-dir', folder],
        1,
        `${file} is damaged (expected md5 5dd7e06a14cb22eb9f671a540d1b7c25, got `,
      )
    }
  })

  it('weights of another shape, to evaluate or to start from', async () => {
    const path = join(newFolder(), 'w.safetensors')
    saveWeights(path, { 'fc.bias': { dtype: 'F32', shape: [2], data: new Float32Array(2) } })
    const text =
      /w\.safetensors: the weights do not fit the model(?: resnet20)?: 9\d missing from the file: .* \(ghostgrad import \S+ lists all\)$/
    await expectError(['eval', '--weights', path, '--model', 'resnet20'], 1, text)
    await expectError(['train', '--data', 'cifar10-sample', '--init', path, '--model', 'resnet20'], 1, text)
  })

  it('damaged weights', async () => {
    const path = join(newFolder(), 'w.safetensors')
    writeFileSync(path, 'nothing of the kind')
    await expectError(['predict', 'cat.jpg', '--weights', path], 1, path)
  })
})

it('weights that do not say what they are for need --model', async () => {
  const path = join(newFolder(), 'w.safetensors')
  saveWeights(path, {})
  await expectError(
    ['eval', '--weights', path],
    2,
    `${path} does not say which model its weights are for: name it by --model NAME`,
  )
})

it('no command at all shows the help', async () => {
  const { code, stderr } = await ghostgrad([])
  expect(code).toBe(2)
  expect(stderr).toContain('Usage: ghostgrad [options] [command]')
})
