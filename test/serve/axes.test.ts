import { expect, it } from 'vitest'
import { between, duration, positionsOf } from '../../assets/dashboard/axes.js'

const epochs = { step: [10, 20], epoch: [1, 2], seconds: [4, 6] }

it('takes epochs and seconds as logged; of older logs they follow from the ends of epochs', () => {
  const logged = { step: [5, 25], epochs: [0.5, 2.5], seconds: [2.1, 12] }
  expect(positionsOf({ steps: logged, epochs }, 'step')).toEqual({ steps: [5, 25], epochs: [10, 20] })
  expect(positionsOf({ steps: logged, epochs }, 'epoch')).toEqual({ steps: [0.5, 2.5], epochs: [1, 2] })
  expect(positionsOf({ steps: logged, epochs }, 'time')).toEqual({ steps: [2.1, 12], epochs: [4, 10] })
  const older = { step: [5, 15, 25], epochs: [null, null, null], seconds: [null, null, null] }
  expect(positionsOf({ steps: older, epochs }, 'epoch').steps).toEqual([0.5, 1.5, 2.5])
  expect(positionsOf({ steps: older, epochs }, 'time').steps).toEqual([2, 7, 13])
})

it('knows no place before the first epoch has ended', () => {
  expect(between(3, [], [])).toBeNull()
  expect(between(3, [6], [2])).toBe(1)
})

it('shows times as people say them', () => {
  expect([0.25, 45, 720, 3600, 3900].map(duration)).toEqual(['0.3 s', '45 s', '12 min', '1 h', '1 h 5 min'])
})
