import { describe, expect, test } from 'vitest'
import { createModel, type ModelOptions } from '../../src/models/index.js'
import { summarize } from '../../src/nn/index.js'
import { setBackend } from '../../src/tensor/backend.js'
import { MetaBackend } from '../../src/tensor/meta/metaBackend.js'
import { fixture } from '../support/fixtures.js'

setBackend(new MetaBackend())

interface Counts {
  weights: number
  multiplyAdds: number
}

const counted = new Map<string, Counts>()

function count(name: string, options: ModelOptions = {}, size: number = options.inputSize ?? 32): Counts {
  const key = JSON.stringify([name, options, size])
  const known = counted.get(key)
  if (known) return known
  const { params, macs } = summarize(createModel(name, options), [3, size, size])
  const counts = { weights: params, multiplyAdds: macs }
  counted.set(key, counts)
  return counts
}

/** Millions, as the literature prints them. */
const millions = ({ weights, multiplyAdds }: Counts, digits: [number, number]) =>
  `${(weights / 1e6).toFixed(digits[0])} M, ${(multiplyAdds / 1e6).toFixed(digits[1])} M`

describe('weights and multiply-adds are the published ones', () => {
  test.each<[string, ModelOptions, [number, number], string]>([
    ['vgg16', {}, [2, 1], '14.99 M, 313.5 M'],
    ['resnet20', {}, [2, 1], '0.27 M, 40.6 M'],
    ['resnet56', {}, [3, 1], '0.853 M, 125.5 M'],
    ['resnet110', {}, [2, 1], '1.73 M, 252.9 M'],
    ['ghost-vgg16', {}, [2, 1], '7.65 M, 158.7 M'],
    ['ghost-vgg16', { ghostFirst: true }, [2, 1], '7.65 M, 158.1 M'], // the paper: 7.7 M, 158 M
    ['ghost-resnet56', {}, [3, 1], '0.438 M, 65.3 M'],
    ['ghost-resnet56', { ghostFirst: true }, [3, 1], '0.438 M, 65.1 M'], // the paper: 0.43 M, 63 M
    ['ghostnet', {}, [2, 1], '3.91 M, 13.9 M'],
    ['ghostnet', { inputSize: 224, numClasses: 1000 }, [1, 0], '5.2 M, 141 M'], // the paper's Table 7
    ['ghostnet', { inputSize: 224, numClasses: 1000, width: 0.5 }, [1, 0], '2.6 M, 42 M'],
  ])('%s %o', (name, options, digits, expected) => {
    expect(millions(count(name, options), digits)).toBe(expected)
  })
})

describe('weights and multiply-adds are those of the PyTorch models', () => {
  const { models, variants } = fixture<{ models: Record<string, Counts>; variants: Record<string, Counts> }>('models')

  test.each(Object.entries(models))('%s', (name, expected) => {
    expect(count(name)).toEqual(expected)
  })

  test.each(Object.entries(variants))('%s', (label, expected) => {
    expect(count(...parse(label))).toEqual(expected)
  })
})

/** `ghost-vgg16 s=2 d=3 ghostFirst`, `ghostnet 1.3x 224px 1000 classes` → name, options, pixels. */
function parse(label: string): [name: string, options: ModelOptions, size: number] {
  const [name, ...words] = label.split(' ')
  const options: ModelOptions = {}
  const size = words.includes('224px') ? 224 : 32
  for (const [i, word] of words.entries()) {
    if (/^[sd]=/.test(word)) options[word[0] as 's' | 'd'] = Number(word.slice(2))
    else if (word === 'ghostFirst') options.ghostFirst = true
    else if (word === '224px') {
      if (name === 'ghostnet') options.inputSize = 224 // its stem depends on it
    } else if (word.endsWith('x')) options.width = Number(word.slice(0, -1))
    else if (word === 'classes') options.numClasses = Number(words[i - 1])
    else if (words[i + 1] !== 'classes') throw new Error(`unknown word "${word}" in the variant "${label}"`)
  }
  return [name!, options, size]
}
