import { expect, test } from 'vitest'
import { checkModel, sampleSizeOf } from '../../src/models/checkModel.js'

test('a sample is of the images and some parameters, in the order of the model, and the same each time', () => {
  const seen: string[] = []
  const { rows, total } = checkModel('ghost-resnet20', {
    tensors: 4,
    onProgress: (done, of) => seen.push(`${done} of ${of}`),
  })
  const inputs = rows.map(({ input }) => input)
  expect(inputs).toEqual([
    'images',
    'layer1.0.conv1.primary_conv.1.weight',
    'layer2.1.conv2.primary_conv.1.bias',
    'layer3.1.conv2.cheap_operation.1.bias',
  ])
  expect(total).toBe(114)
  expect(Math.max(...rows.map(({ worstError }) => worstError))).toBeLessThan(1e-6)
  expect(seen).toEqual(['1 of 4', '2 of 4', '3 of 4', '4 of 4'])
})

test('small models are checked as a whole, large ones by as much as there is time for', () => {
  expect(sampleSizeOf('ghost-resnet20')).toBeGreaterThanOrEqual(114)
  expect(sampleSizeOf('ghost-resnet56')).toBeLessThan(330)
  expect(sampleSizeOf('vgg16')).toBe(3)
})
