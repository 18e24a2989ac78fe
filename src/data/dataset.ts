/** Labelled images in memory, as bytes. */
export type ImageDataset = {
  readonly name: string
  /** (count, channels, height, width), values 0..255. The loaders here put it in shared memory: worker threads see it without a copy. */
  readonly images: Uint8Array
  /** (count,), indexes into `classes` */
  readonly labels: Uint8Array | Uint16Array
  readonly count: number
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly classes: readonly string[]
  /** One value a channel, in units of x / 255, to normalize with: (x / 255 − mean) / std. */
  readonly mean: readonly number[]
  readonly std: readonly number[]
  /** Of all images and labels of the set, where it may change behind a run's back: data of the user's own. */
  readonly digest?: string
}

/**
 * `length` zero bytes that every thread of the process can see; this thread's own where memory cannot be shared, as in a browser's
 * page that is not isolated from other origins.
 */
export function sharedBytes(length: number): Uint8Array {
  return new Uint8Array(
    typeof SharedArrayBuffer === 'undefined' ? new ArrayBuffer(length) : new SharedArrayBuffer(length),
  )
}

/** `length` zeros of 16 bits, likewise. */
export function sharedLabels(length: number): Uint16Array {
  return new Uint16Array(new SharedArrayBuffer(2 * length))
}
