import { expect, it } from 'vitest'
import { enlarge } from '../../src/data/enlarge.js'

it('enlarges as PIL and torchvision do, centres of pixels in place', () => {
  // Image.fromarray(np.uint8([[0, 100], [200, 60]])).resize((4, 4), Image.BILINEAR)
  const image = { data: Uint8Array.of(0, 100, 200, 60), channels: 1, height: 2, width: 2 } as const
  const rows = [0, 25, 75, 100, 50, 60, 80, 90, 150, 130, 90, 70, 200, 165, 95, 60]
  const { data } = enlarge(image, { height: 4, width: 4 })
  expect([...data]).toEqual(rows)
})

it('covers the size and cuts around the centre', () => {
  const image = { data: Uint8Array.of(10, 20, 30, 40), channels: 1, height: 1, width: 4 } as const
  expect([...enlarge(image, { height: 2, width: 2 }).data]).toEqual([23, 28, 23, 28])
})
