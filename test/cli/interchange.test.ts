import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { cifarClasses, cifarMean, cifarStd } from '../../src/data/cifarRecords.js'
import { decodeImage, loadImage } from '../../src/data/decodeImage.js'
import { loadSafetensors } from '../../src/io/safetensors.js'
import { encodeTorch } from '../../src/io/torch/write.js'
import { loadWeights } from '../../src/io/weights.js'
import { createModel } from '../../src/models/registry.js'
import { setBackend } from '../../src/tensor/backend.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { version } from '../../src/train/machine.js'
import { writeWeights } from '../../src/train/weights.js'
import { read, runOnnx, trainedLike } from '../io/onnx/support.js'
import '../support/allClose.js'
import { temporaryFolders } from '../train/support.js'
import { ghostgrad, jsonLines } from './support.js'

const newFolder = temporaryFolders()
let cwd: string
const from = ['--weights', 'w.safetensors']
const image = 'image.png'

beforeAll(() => setBackend(new ReferenceBackend()))

beforeEach(async () => {
  cwd = newFolder()
  const model = trainedLike(createModel('ghost-resnet20', { s: 3 }))
  const info = { model: 'ghost-resnet20', modelOptions: '{"s":3}', data: 'cifar10-sample', epoch: '7' }
  writeWeights(join(cwd, 'w.safetensors'), model.stateDict(), info)
  await sharp({ create: { width: 32, height: 32, channels: 3, background: '#3080f0' } })
    .png()
    .toFile(join(cwd, image))
})

const run = (...args: string[]) => ghostgrad(args, { cwd })

async function logitsOf(...weights: string[]): Promise<number[]> {
  const outcome = await run('predict', image, '--json', '--threads', '1', '--weights', ...weights)
  expect(outcome.stderr).toBe('')
  return jsonLines(outcome)[0]!.logits as number[]
}

describe('export', () => {
  it('to ONNX gives the logits of predict in onnxruntime, and the file says how to use it', async () => {
    const outcome = await run('export', ...from, '--out', 'm.onnx', '--fold-bn')
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    expect(outcome.stdout).toMatch(/^m\.onnx: ghost-resnet20 as onnx, \d+ k weights, [\d.]+ kB\n/)
    expect(outcome.stdout).toContain(
      'input: float32 (batch, 3, 32, 32), planes red, green, blue of an image scaled to cover 32 × 32 pixels and cut around the ' +
        'centre; each value (x / 255 - mean) / std, mean 0.4914, 0.4822, 0.4465, std 0.247, 0.2435, 0.2616\n' +
        'output: logits (batch, 10)\n',
    )
    const bytes = readFileSync(join(cwd, 'm.onnx'))
    const input = { height: 32, width: 32, mean: cifarMean, std: cifarStd }
    const { data } = await runOnnx(bytes, await loadImage(join(cwd, image), input), [1, 3, 32, 32])
    const expected = await logitsOf('w.safetensors')
    expect(data).toBeAllClose(expected, { absolute: 1e-4 * Math.max(...expected.map(Math.abs)), what: 'logits' })
    const file = read(bytes)
    expect(file.graph.name).toBe('ghost-resnet20')
    const facts = Object.fromEntries(
      file.metadataProps.map(({ key, value }: { key: string; value: string }) => [key, value]),
    )
    expect(facts).toEqual({
      ...{
        model: 'ghost-resnet20',
        modelOptions: '{"s":3}',
        inputSize: '32',
        data: 'cifar10-sample',
        epoch: '7',
        version,
      },
      ...{ input: 'normalized', output: 'logits' },
      ...{ classes: JSON.stringify(cifarClasses), mean: JSON.stringify(cifarMean), std: JSON.stringify(cifarStd) },
    })
  })

  it('--preprocess takes pixels, --softmax gives probabilities: those of predict', async () => {
    const pixels = Float32Array.from(await decodeImage(join(cwd, image), { height: 32, width: 32 }))
    const logits = await logitsOf('w.safetensors')
    const largest = Math.max(...logits)
    const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0)
    const probabilities = logits.map((logit) => Math.exp(logit - largest) / sum)
    for (const [flags, expected] of [
      [['--preprocess'], logits],
      [['--preprocess', '--softmax', '--fold-bn'], probabilities],
    ] as const) {
      expect((await run('export', ...from, '--out', 'm.onnx', ...flags)).code).toBe(0)
      const { data } = await runOnnx(readFileSync(join(cwd, 'm.onnx')), pixels, [1, 3, 32, 32])
      const absolute = 1e-4 * Math.max(...expected.map(Math.abs))
      expect(data).toBeAllClose(expected, { absolute, what: flags.join(' ') })
    }
  })

  it('--batch fixes the batch, --json prints one object', async () => {
    const outcome = await run('export', ...from, '--out', 'm', '--format', 'onnx', '--batch', '2', '--json')
    const bytes = readFileSync(join(cwd, 'm'))
    const params = createModel('ghost-resnet20', { s: 3 }).numParameters
    expect(jsonLines(outcome)).toEqual([
      { file: 'm', format: 'onnx', model: 'ghost-resnet20', params, bytes: bytes.length },
    ])
    const { dim } = read(bytes).graph.input[0].type.tensorType.shape
    expect(dim[0]).toEqual({ dimValue: 2 })
  })

  it.each(['out.safetensors', 'out.pth', 'out.pt', 'out.npz'])('to %s: the same weights', async (out) => {
    expect((await run('export', ...from, '--out', out)).code).toBe(0)
    expect(loadWeights(join(cwd, out))).toEqual(loadWeights(join(cwd, 'w.safetensors')))
    expect(await logitsOf(out)).toEqual(await logitsOf('w.safetensors'))
  })

  it('to safetensors keeps what the file says of itself', async () => {
    await run('export', ...from, '--out', 'out.safetensors')
    const { metadata } = loadSafetensors(join(cwd, 'out.safetensors'))
    expect(metadata).toMatchObject({ format: 'pt', model: 'ghost-resnet20', modelOptions: '{"s":3}', epoch: '7' })
  })

  it('names what is wrong, and writes nothing', async () => {
    const before = readdirSync(cwd)
    const cases: [string[], number, string][] = [
      [
        ['--out', 'm.tflite'],
        2,
        'm.tflite: expected a name that ends in .onnx, .safetensors, .pth, .pt, .npz, or --format',
      ],
      [['--out', 'm.onnx', '--batch', '0'], 2, '--batch: expected a whole number of at least 1, got "0"'],
      [
        ['--out', 'm.pth', '--fold-bn'],
        2,
        '--fold-bn, --batch, --preprocess and --softmax are for onnx, got the format pth',
      ],
      [['--out', 'none/m.onnx'], 1, 'none/m.onnx: cannot be written'],
      [
        ['--out', 'm.onnx', '--model', 'vgg16'],
        1,
        'w.safetensors: the weights do not fit the model vgg16: 69 missing from the file: classifier (4), features (65)',
      ],
    ]
    for (const [flags, code, message] of cases) {
      const outcome = await run('export', ...from, ...flags)
      expect(outcome.code, message).toBe(code)
      expect(outcome.stderr).toContain(`ghostgrad: ${message}`)
    }
    expect(readdirSync(cwd)).toEqual(before)
  })
})

describe('import', () => {
  it('reports that all fits, and writes another format', async () => {
    await run('export', ...from, '--out', 'w.pth')
    const outcome = await run('import', 'w.pth', '--model', 'ghost-resnet20', '--s', '3', '--out', 'back.safetensors')
    const count = Object.keys(loadWeights(join(cwd, 'w.pth'))).length
    expect(outcome.stdout).toBe(`w.pth: ${count} tensors fit ghost-resnet20\nwritten to back.safetensors\n`)
    expect(await logitsOf('back.safetensors')).toEqual(await logitsOf('w.safetensors')) // it says which model it is
  })

  it('lists what is missing, unexpected or of another shape, and writes only if told to', async () => {
    const { 'fc.weight': _, ...rest } = createModel('resnet20', { seed: 1 }).stateDict()
    const odd = { ...rest, extra: rest['fc.bias']!, 'conv1.weight': { ...rest['conv1.weight']!, shape: [16, 3, 9, 1] } }
    writeFileSync(join(cwd, 'odd.pth'), encodeTorch(odd))
    const args = ['import', 'odd.pth', '--model', 'resnet20', '--out', 'start.safetensors']
    const report = {
      missing: ['fc.weight'],
      unexpected: ['extra'],
      wrongShape: ['conv1.weight expected (16, 3, 3, 3) got (16, 3, 9, 1)'],
    }
    const refused = await run(...args)
    expect(refused.code).toBe(1)
    expect(refused.stdout).toBe(
      'odd.pth: 114 tensors fit resnet20\n1 missing from the file:\n  fc.weight\n1 unexpected:\n  extra\n' +
        '1 of another shape:\n  conv1.weight expected (16, 3, 3, 3) got (16, 3, 9, 1)\n',
    )
    expect(refused.stderr).toContain(
      'ghostgrad: odd.pth does not fit resnet20: start.safetensors was not written; --no-strict writes it\n',
    )
    expect(existsSync(join(cwd, 'start.safetensors'))).toBe(false)

    const outcome = await run(...args, '--no-strict', '--json')
    expect(outcome.code).toBe(0)
    expect(jsonLines(outcome)).toEqual([{ file: 'odd.pth', model: 'resnet20', taken: 114, ...report }])
    const written = loadWeights(join(cwd, 'start.safetensors'))
    const initial = createModel('resnet20', { seed: 0 }).stateDict()
    expect(written['fc.bias']).toEqual(rest['fc.bias'])
    expect(written['fc.weight']).toEqual(initial['fc.weight'])
  })

  it("weights of PyTorch's are what training starts from", async () => {
    writeFileSync(join(cwd, 'start.pth'), encodeTorch(createModel('resnet20', { seed: 3 }).stateDict()))
    const settings = ['--data', 'cifar10-sample', '--max-steps', '1', '--lr', '1e-30', '--threads', '1', '--out', 'run']
    const outcome = await run('train', '--model', 'resnet20', ...settings, '--init', 'start.pth')
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    const trained = loadWeights(join(cwd, 'run', 'model.safetensors'))
    expect(trained['fc.weight']).toEqual(createModel('resnet20', { seed: 3 }).stateDict()['fc.weight'])
  })

  it('refuses a hostile file, and what it wanted is not done', async () => {
    const hostile = new URL('../fixtures/interchange/hostile.pth', import.meta.url)
    writeFileSync(join(cwd, 'evil.pth'), readFileSync(hostile))
    const { code, stderr } = await run('import', 'evil.pth', '--model', 'resnet20')
    expect(code).toBe(1)
    expect(stderr).toContain(
      'evil.pth: expected a state dict of tensors, found a dict of "state_dict": an object of posix',
    )
    expect(existsSync(join(cwd, 'pwned'))).toBe(false)
  })

  it('says which networks a file fits, if none is named', async () => {
    writeFileSync(join(cwd, 'a.pth'), encodeTorch(createModel('resnet20', { seed: 0, numClasses: 7 }).stateDict()))
    const { code, stdout } = await run('import', 'a.pth')
    expect([code, stdout]).toEqual([0, 'a.pth fits resnet20, 7 classes\n'])
    const json = jsonLines(await run('import', 'a.pth', '--json'))
    expect(json).toEqual([{ file: 'a.pth', fits: [{ model: 'resnet20', options: {}, numClasses: 7, match: 'names' }] }])
  })

  it('pairs names that no rule knows by order and shape, and prints the pairs', async () => {
    const weights = Object.entries(createModel('resnet20', { seed: 5 }).stateDict())
    const odd = Object.fromEntries(weights.map(([name, value]) => [name.replace('layer', 'stage'), value]))
    writeFileSync(join(cwd, 'odd.pth'), encodeTorch(odd))
    const { code, stdout } = await run(
      'import',
      'odd.pth',
      '--model',
      'resnet20',
      '--match',
      'order',
      '--out',
      'o.safetensors',
    )
    expect(code).toBe(0)
    expect(stdout).toMatch(/ {2}layer1\.0\.conv1 +<- stage1\.0\.conv1\n/)
    expect(loadWeights(join(cwd, 'o.safetensors'))['layer3.2.conv2.weight']).toEqual(odd['stage3.2.conv2.weight'])
  })
})
