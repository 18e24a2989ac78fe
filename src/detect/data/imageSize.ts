import { DataError } from '../../tensor/errors.js'

/** Width and height of an image file as it is shown, pixels. @throws DataError if it cannot be read */
export async function imageSizeOf(file: string): Promise<{ width: number; height: number }> {
  const { default: sharp } = await import('sharp')
  try {
    const { autoOrient } = await sharp(file).metadata()
    return { width: autoOrient.width, height: autoOrient.height }
  } catch (error) {
    throw new DataError(`${file}: not an image that can be read (${(error as Error).message})`)
  }
}
