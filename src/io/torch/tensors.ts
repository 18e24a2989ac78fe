import { DataError, showShape } from '../../tensor/errors.js'
import { sizeOf } from '../../tensor/shape.js'
import { type DtypeName, dtypes, type NumberArray } from '../dtypes.js'
import { type FileArray, gather } from '../fileArray.js'

/** The class of a storage, as a pickle names it. */
export class StorageType {
  constructor(readonly dtype: DtypeName) {}
}

/** The type of a tensor's numbers, where a pickle names it apart from the storage. */
export class TorchDtype {
  constructor(readonly dtype: DtypeName) {}
}

/** A tensor whose numbers are of no kind that is read here. */
export class UnreadableTensor {
  /** @param what quantized, sparse, ComplexFloat … */
  constructor(readonly what: string) {}

  /** Attributes are of no use. */
  setState(): void {}
}

/** A row of numbers outside the pickle, which several tensors may look into. */
export class TorchStorage {
  #numbers: NumberArray | null = null

  constructor(
    readonly dtype: DtypeName,
    /** Numbers in it. */
    readonly size: number,
    /** Reads them; the first use does. */
    readonly load: (storage: TorchStorage) => NumberArray,
    /** Of numbers that cannot be read (they lie there as bytes): what they are. */
    readonly unreadable: string | null = null,
  ) {}

  get bytes(): number {
    return this.size * dtypes[this.dtype].bytes
  }

  /** A part of it. @throws DataError if it reaches beyond the end */
  slice(offset: unknown, size: unknown): TorchStorage {
    if (!isWhole(offset) || !isWhole(size) || offset + size > this.size) {
      throw new DataError(`a part of a storage that reaches beyond its ${this.size} numbers`)
    }
    return new TorchStorage(this.dtype, size, () => this.numbers.subarray(offset, offset + size), this.unreadable)
  }

  get numbers(): NumberArray {
    this.#numbers ??= this.load(this)
    return this.#numbers
  }
}

/** A view into a storage: element (i, j, …) is number offset + i · stride₀ + j · stride₁ + … */
export class TorchTensor {
  readonly storage: TorchStorage
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]

  /** From the arguments of `_rebuild_tensor_v2`; everything is checked, as a file comes from anywhere. */
  constructor(storage: unknown, offset: unknown, shape: unknown, strides: unknown) {
    if (!(storage instanceof TorchStorage)) throw new DataError('a tensor without a storage')
    if (!isWhole(offset) || !isWholeList(shape) || !isWholeList(strides) || shape.length !== strides.length) {
      throw new DataError('a tensor whose offset, shape and strides are not whole numbers, or not as many')
    }
    const last = shape.reduce((sum, n, axis) => sum + (n - 1) * strides[axis]!, offset)
    if (sizeOf(shape) > 0 && last >= storage.size) {
      throw new DataError(
        `a tensor ${showShape(shape)} with strides ${showShape(strides)} from ${offset} on reaches beyond the ` +
          `${storage.size} numbers of its storage`,
      )
    }
    this.storage = storage
    this.offset = offset
    this.shape = shape
    this.strides = strides
  }

  /** Attributes, which parameters of old versions have, are of no use. */
  setState(): void {}

  toArray(): FileArray {
    const { storage, shape, strides, offset } = this
    return { dtype: storage.dtype, shape, data: gather(storage.numbers, shape, strides, offset) }
  }
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

const isWholeList = (value: unknown): value is number[] => Array.isArray(value) && value.every(isWhole)
