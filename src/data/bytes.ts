/** One image as bytes, to be changed in place. */
export interface ByteImage {
  /** (channels, height, width) */
  readonly data: Uint8Array
  readonly channels: number
  readonly height: number
  readonly width: number
}

/** The image's channels, each (height, width). */
export const planesOf = ({ data, channels, height, width }: ByteImage): Uint8Array[] =>
  Array.from({ length: channels }, (_, c) => data.subarray(c * height * width, (c + 1) * height * width))
