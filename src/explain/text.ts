import type { Slope } from '../autograd/slope.js'
import type { ExplainedNode } from './explanation.js'

/** `mul(x, w)`, `affine(#1, scale 2, shift 0)`, `max(x, axes [0], keepDims)`: options too where they are few. */
export function callText({ op, inputs, options }: ExplainedNode): string {
  const told = Object.entries(options).filter(([, value]) => value !== 'false')
  const shown = told.length <= 2 ? told.map(([name, value]) => (value === 'true' ? name : `${name} ${value}`)) : []
  return `${op}(${[...inputs.map(({ name }) => name), ...shown].join(', ')})`
}

/** `2.1e-10`, `0`; at a kink, that it is one. */
export const errorText = ({ error, kink }: Pick<Slope, 'error' | 'kink'>): string =>
  `${error === 0 ? '0' : error.toExponential(1)}${kink ? ' (kink)' : ''}`
