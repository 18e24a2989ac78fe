import { describe, expect, it } from 'vitest'
import { version } from '../../src/train/machine.js'
import { ghostgrad, jsonLines } from './support.js'

describe('summary', () => {
  it('--json prints totals and layers', async () => {
    const outcome = await ghostgrad(['summary', 'resnet20', '--json'])
    const [summary, ...more] = jsonLines(outcome)
    expect(more).toEqual([])
    expect(Object.keys(summary!)).toEqual(['params', 'macs', 'layers'])
    expect(summary).toMatchObject({ params: 269_722, macs: 40_551_040 })
    const layers = summary!.layers as Record<string, unknown>[]
    const window = { kernel: [3, 3], stride: [1, 1], groups: 1 }
    const sizes = { outputShape: [16, 32, 32], params: 432, macs: 442_368 }
    expect(layers[0]).toEqual({ name: 'conv1', type: 'Conv2d', ...sizes, window })
    expect(layers.at(-1)).toEqual({ name: 'fc', type: 'Linear', outputShape: [10], params: 650, macs: 640 })
    for (const total of ['params', 'macs']) {
      expect(layers.reduce((sum, layer) => sum + (layer[total] as number), 0)).toBe(summary![total])
    }
  })

  it('prints a table that ends with the totals', async () => {
    const { stdout, code } = await ghostgrad(['summary', 'ghostnet', '--input-size', '224'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^layer +type +kernel +stride +groups +output +weights +multiply-adds\n/)
    expect(stdout).toMatch(/\nconv_stem +Conv2d +3 × 3 +2 +16 × 112 × 112 +432 +5,419,008 *\n/)
    expect(stdout).toMatch(/\nghostnet at 224 × 224 pixels: 3\.91 M weights, 139\.88 M multiply-adds an image\n$/)
  })

  it('takes the options of a Ghost form', async () => {
    const [wide] = jsonLines(await ghostgrad(['summary', 'ghost-resnet20', '--json']))
    const [narrow] = jsonLines(await ghostgrad(['summary', 'ghost-resnet20', '--s', '4', '--d', '5', '--json']))
    expect(narrow!.params).toBeLessThan(wide!.params as number)
  })
})

describe('models', () => {
  it('lists names with descriptions and options', async () => {
    const [models] = jsonLines(await ghostgrad(['models', '--json'])) as unknown as Record<string, unknown>[][]
    expect(models).toContainEqual({
      name: 'ghost-resnet56',
      description: 'ResNet-56 of Ghost modules (Han et al. 2020, Table 5)',
      options: ['s', 'd', 'ghostFirst'],
    })
    expect((await ghostgrad(['models'])).stdout).toMatch(/\nghostnet +GhostNet .* width, inputSize, dropout *\n/)
  })
})

describe('gradcheck', () => {
  it('checks one operation and shows its rule', async () => {
    const { stdout, code } = await ghostgrad(['gradcheck', 'sigmoid'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/\nsigmoid +x +\(\d, \d\) +0\.\d+ +0\.\d+ +\d\.\de-\d+ +ok *\n/)
    expect(stdout).toMatch(
      /\n1 check, every derivative, in float64, worst error \d\.\de-\d+, allowed 1e-6\n\nsigmoid {2}dx = dy · y · \(1 − y\)\n$/,
    )
  })

  it('checks one layer by its parameters', async () => {
    const [rows] = jsonLines(await ghostgrad(['gradcheck', 'Linear', '--json'])) as unknown as { name: string }[][]
    expect(rows!.map(({ name }) => name)).toEqual(['Linear', 'Linear: no bias'])
    expect(rows![0]).toMatchObject({ input: 'weight', rules: { matmul: 'da = dy · bᵀ, db = aᵀ · dy' } })
  })

  it('checks everything', async () => {
    const { stdout, code } = await ghostgrad(['gradcheck'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/\nconv2d: stride 2 +(x|weight) .* ok *\n/)
    expect(stdout).toMatch(/\nGhostModule: s 2 .* ok *\n/)
    expect(stdout).not.toContain('WRONG')
  })

  it('refuses what it does not know', async () => {
    const { stderr, code } = await ghostgrad(['gradcheck', 'sigmod'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/^ghostgrad: unknown operation, layer or model "sigmod"; did you mean "sigmoid"\? known: /)
  })
})

describe('data', () => {
  it('reports the sample', async () => {
    expect(jsonLines(await ghostgrad(['data', 'cifar10-sample', '--json']))).toEqual([
      { name: 'cifar10-sample', folder: null, files: [], train: 500, test: 200 },
    ])
    const { stdout } = await ghostgrad(['data', 'cifar10-sample'])
    expect(stdout).toBe('cifar10-sample: 500 training and 200 test images\n')
  })
})

it('--version prints the version alone', async () => {
  expect(await ghostgrad(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
})

it.each(['train', 'eval', 'predict', 'export', 'import', 'summary', 'data', 'models', 'gradcheck', 'prune', 'explain'])(
  '%s --help has examples',
  async (name) => {
    const { stdout, code } = await ghostgrad([name, '--help'])
    expect(code).toBe(0)
    expect(stdout).toContain(`Examples:\n  $ ghostgrad ${name}`)
  },
)
