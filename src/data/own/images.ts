import { extname } from 'node:path'

/** Endings of image files. Those that are not decoded are bad images, not files to pass over. */
const imageEndings = new Set(
  [
    ...['jpg', 'jpeg', 'jpe', 'jfif', 'png', 'webp', 'avif', 'gif', 'tif', 'tiff', 'svg', 'bmp', 'dib'],
    ...['ppm', 'pgm', 'pbm', 'pnm', 'heic', 'heif', 'jp2', 'jxl'],
  ].map((ending) => `.${ending}`),
)

export const isImage = (path: string): boolean => imageEndings.has(extname(path).toLowerCase())

/** Count files that are of no kind that is looked for, by ending. */
export function passOver(paths: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const path of paths) {
    const ending = extname(path).toLowerCase() || 'without ending'
    counts[ending] = (counts[ending] ?? 0) + 1
  }
  return counts
}
