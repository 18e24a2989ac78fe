import { describe, expect, it } from 'vitest'
import { bar, bytes, count, duration, integer, percent, rate, short } from '../../cli/format.js'

describe('numbers for a reader', () => {
  it.each([
    [integer(40_551_040), '40,551,040'],
    [integer(203.4), '203'],
    [count(1, 'epoch'), '1 epoch'],
    [count(1000, 'epoch'), '1,000 epochs'],
    [short(14_990_922), '14.99 M'],
    [short(437_802), '438 k'],
    [short(5_136), '5,136'],
    [short(1.25e9), '1.25 G'],
    [percent(0.71234), '71.2 %'],
    [percent(1, 2), '100.00 %'],
    [duration(44.6), '45s'],
    [duration(187), '3m 07s'],
    [duration(7_530), '2h 05m'],
    [rate(0.1), '0.1'],
    [rate(0.05782172), '0.0578'],
    [rate(1.2345e-5), '1.2e-5'],
    [rate(0), '0'],
    [bytes(181_500_000), '181.5 MB'],
    [bytes(2_500), '2.5 kB'],
    [bytes(12), '12 B'],
    [bar(0, 4), '────'],
    [bar(0.4, 4), '━╸──'],
    [bar(1.2, 4), '━━━━'],
  ])('%s', (actual, expected) => expect(actual).toBe(expected))
})
