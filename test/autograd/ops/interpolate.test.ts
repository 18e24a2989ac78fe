import { expect, test } from 'vitest'
import { interpolate } from '../../../src/autograd/functional.js'
import { tensor, zeros } from '../../../src/tensor/create.js'
import { onEachBackend } from '../../support/backends.js'
import { expectArray, expectOp } from '../../support/handWorked.js'

onEachBackend(() => {
  test('nearest: the place above and to the left', () => {
    expectOp((x) => interpolate(x!, { size: [1, 3] }), {
      inputs: [[[[[1, 2]]]]],
      y: [[[[1, 1, 2]]]],
      dy: [[[[1, 10, 100]]]],
      gradients: [[[[[11, 100]]]]],
    })
  })

  test('bilinear: borders stay borders', () => {
    // Centres at −0.25, 0.25, 0.75 and 1.25 of the old pixels; beyond the outer centres their value goes on.
    expectOp((x) => interpolate(x!, { scaleFactor: [1, 2], mode: 'bilinear' }), {
      inputs: [[[[[0, 4]]]]],
      y: [[[[0, 1, 3, 4]]]],
      dy: [[[[1, 1, 1, 1]]]],
      gradients: [[[[[2, 2]]]]],
    })
  })

  test('bilinear with aligned corners, both ways', () => {
    const x = tensor([
      [
        [
          [0, 4],
          [8, 12],
        ],
      ],
    ])
    expectArray(interpolate(x, { size: 3, mode: 'bilinear', alignCorners: true }), [
      [
        [
          [0, 2, 4],
          [4, 6, 8],
          [8, 10, 12],
        ],
      ],
    ])
  })
})

test('what does not fit is named', () => {
  const x = zeros([1, 1, 2, 2])
  expect(() => interpolate(x, {})).toThrow('interpolate: expected either size or scaleFactor')
  expect(() => interpolate(zeros([2, 2]), { size: 1 })).toThrow('interpolate: expected input (N, C, H, W), got (2, 2)')
  expect(() => interpolate(x, { scaleFactor: 0.2 })).toThrow('expected a plane of at least 1 × 1, got size [0,0]')
  expect(() => interpolate(x, { size: 1, mode: 'cubic' as 'nearest' })).toThrow('nearest or bilinear, got "cubic"')
  expect(() => interpolate(x, { size: 1, alignCorners: true })).toThrow('alignCorners is an option of mode bilinear')
})
