import { expect, it } from 'vitest'
import { ghostgrad } from './support.js'

it('gradcheck checks a model by every parameter and by the images', async () => {
  const { stdout, code } = await ghostgrad(['gradcheck', 'resnet20'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/\nimages +\(\d, \d, \d, \d\) .* ok *\n/)
  expect(stdout).toMatch(/\nlayer3\.2\.conv2\.weight +\(\d+, \d+, \d, \d\) .* ok *\n/)
  expect(stdout).toMatch(
    /\nresnet20, 2 images of 8 × 8: up to 2 derivatives by each of 60 tensors, in float64, worst error \d\.\de-\d+, allowed 1e-6\n$/,
  )
}, 180_000)
