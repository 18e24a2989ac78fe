import { z } from 'zod'
import { augmentByName, augmentPresets } from '../data/transforms.js'

/** Kinds of settings. Whatever is wrong with a value, the message is the same: what was expected. */

export function whole(min: number) {
  const error = `expected a whole number of at least ${min}`
  return z.number({ error }).int({ error }).min(min, { error })
}

export function oneOfNumbers(numbers: readonly number[]) {
  const error = `expected one of ${numbers.join(', ')}`
  return z.number({ error }).refine((value) => numbers.includes(value), { error })
}

export function oddWhole() {
  const error = 'expected an odd whole number'
  return whole(1).refine((value) => value % 2 === 1, { error })
}

export function positive() {
  const error = 'expected a positive number'
  return z.number({ error }).positive({ error })
}

export function atLeastZero() {
  const error = 'expected a number of at least 0'
  return z.number({ error }).min(0, { error })
}

/** A number from 0 to below 1. */
export function fraction() {
  const error = 'expected a number from 0 to below 1'
  return z.number({ error }).min(0, { error }).lt(1, { error })
}

/** A number above 0 and below 1. */
export function share() {
  const error = 'expected a number between 0 and 1'
  return z.number({ error }).gt(0, { error }).lt(1, { error })
}

export function yesOrNo() {
  return z.boolean({ error: 'expected true or false' })
}

export function text(what: string) {
  const error = `expected ${what}`
  return z.string({ error }).min(1, { error })
}

export function oneOf<const T extends readonly string[]>(values: T) {
  return z.enum(values, { error: `expected one of ${values.join(', ')}` })
}

/** Whole numbers, each larger than the one before. */
export function increasing() {
  const error = 'expected whole numbers, each larger than the one before'
  return z
    .array(z.number({ error }).int({ error }).min(1, { error }), { error })
    .refine((list) => list.every((value, i) => i === 0 || value > list[i - 1]!), { error })
}

export function atLeastOnes() {
  const error = 'expected whole numbers of at least 1'
  return z.array(z.number({ error }).int({ error }).min(1, { error }), { error })
}

/** A number for each of the channels red, green and blue. */
export function three() {
  const error = 'expected three numbers, for red, green and blue'
  return z.array(z.number({ error }), { error }).length(3, { error })
}

/** The same, positive ones. */
export function threePositive() {
  const error = 'expected three positive numbers, for red, green and blue'
  return z.array(z.number({ error }).positive({ error }), { error }).length(3, { error })
}

export function texts(what: string) {
  const error = `expected ${what}`
  return z.array(z.string({ error }).min(1, { error }), { error }).min(1, { error })
}

export function augmentation() {
  const error = `expected one of ${Object.keys(augmentPresets).join(', ')}, translate-pN or translate-pN-alternate with N pixels, or rand-mM-nN with a magnitude M from 0 to 10 and N of at least 1`
  return z
    .string({ error })
    .refine((name) => augmentByName(name) !== null, { error, params: { values: Object.keys(augmentPresets) } })
}

export function classWeights() {
  const error = 'expected balanced, a list of positive numbers, or a file of them'
  return z.union([z.string().min(1), z.array(z.number().positive()).min(1)], { error })
}
