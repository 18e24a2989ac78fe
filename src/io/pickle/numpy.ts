/** NumPy's arrays in pickles, as `numpy.ndarray.__reduce__` and, from protocol 5 on, `__reduce_ex__` write them. */
import { DataError, showShape } from '../../tensor/errors.js'
import { type Shape, sizeOf, stridesOf } from '../../tensor/shape.js'
import { type DtypeName, dtypes, readNumbers } from '../dtypes.js'
import { type FileArray, gather } from '../fileArray.js'
import { numpyCodes } from '../npy.js'
import { describe } from './describe.js'
import { InertObject } from './inert.js'
import type { PickleGlobals, Stateful } from './machine.js'

/** `dtype('f4')`; its state says the byte order. */
export class NumpyDtype implements Stateful {
  #order = '<'

  constructor(readonly code: unknown) {}

  setState(state: unknown): void {
    if (Array.isArray(state) && typeof state[1] === 'string') this.#order = state[1]
  }

  get isLittleEndian(): boolean {
    return this.#order !== '>'
  }

  /** @throws DataError if it is no type of real numbers */
  get dtype(): DtypeName {
    const code = typeof this.code === 'string' ? this.code.replace(/^[<>|=]/, '') : ''
    if (Object.hasOwn(numpyCodes, code)) return numpyCodes[code]!
    throw new DataError(`a NumPy array of the type ${describe(this.code)}; expected real numbers`)
  }
}

/** An array; everything is checked when it is read. */
export class NumpyArray implements Stateful {
  #state: readonly unknown[] = []

  /** @param state (version, shape, dtype, whether in Fortran order, bytes) */
  setState(state: unknown): void {
    this.#state = Array.isArray(state) ? state : []
  }

  get shape(): Shape {
    const shape = this.#state[1]
    if (Array.isArray(shape) && shape.every((n) => Number.isSafeInteger(n) && n >= 0)) return shape as number[]
    throw new DataError('a NumPy array without a shape')
  }

  toArray(): FileArray {
    const { shape } = this
    const [, , type, isFortran, content] = this.#state
    if (!(type instanceof NumpyDtype)) throw new DataError('a NumPy array without a type')
    const { dtype, isLittleEndian } = type
    const bytes = bytesOf(content)
    const expected = sizeOf(shape) * dtypes[dtype].bytes
    if (bytes?.length !== expected) {
      throw new DataError(`a NumPy array ${showShape(shape)} of ${expected} bytes has ${bytes?.length ?? 'none'}`)
    }
    const data = readNumbers(dtype, bytes, 0, sizeOf(shape), isLittleEndian)
    return { dtype, shape, data: isFortran === true ? gather(data, shape, fortranStrides(shape)) : data }
  }
}

/** Python 2 and protocol 2 write bytes as Latin-1 text. */
const bytesOf = (content: unknown): Uint8Array | null =>
  typeof content === 'string' ? Buffer.from(content, 'latin1') : content instanceof Uint8Array ? content : null

const fortranStrides = (shape: Shape): number[] => stridesOf([...shape].reverse()).reverse()

const reconstruct = () => new NumpyArray()

/** `_frombuffer(bytes, dtype, shape, 'C' or 'F')` */
function fromBuffer(content: unknown, type: unknown, shape: unknown, order: unknown): NumpyArray {
  const array = new NumpyArray()
  array.setState([1, shape, type, order === 'F', content])
  return array
}

const scalar = (...args: unknown[]) => new InertObject('numpy.scalar', args)

const modules = ['numpy.core', 'numpy._core']

/** What pickles of NumPy's name. */
export const numpyGlobals: PickleGlobals = {
  'numpy.dtype': (code: unknown) => new NumpyDtype(code),
  ...Object.fromEntries(
    modules.flatMap((module) => [
      [`${module}.multiarray._reconstruct`, reconstruct],
      [`${module}.multiarray.scalar`, scalar],
      [`${module}.numeric._frombuffer`, fromBuffer],
    ]),
  ),
}
