import { make } from './dom.js'

/** Height and width of the images that the network sees. */
const side = 32

/** @param image planes of red, green and blue, (3, side, side) */
export function drawImage(canvas: HTMLCanvasElement, image: Uint8Array): void {
  const area = image.length / 3
  paint(canvas, Math.sqrt(area), (p) => [image[p]!, image[area + p]!, image[2 * area + p]!])
}

/** @param map grey, (size, size) */
export function drawMap(canvas: HTMLCanvasElement, map: Uint8Array, size: number): void {
  paint(canvas, size, (p) => [map[p]!, map[p]!, map[p]!])
}

function paint(canvas: HTMLCanvasElement, size: number, colour: (pixel: number) => [number, number, number]): void {
  if (canvas.width !== size) canvas.width = canvas.height = size
  const pixels = new ImageData(size, size)
  for (let p = 0; p < size * size; p++) pixels.data.set([...colour(p), 255], 4 * p)
  canvas.getContext('2d')!.putImageData(pixels, 0, 0)
}

/** A file as the network sees it: the middle square, scaled down, on white where it is transparent. */
export async function readImage(file: Blob): Promise<Uint8Array> {
  const bitmap = await createImageBitmap(file)
  const square = Math.min(bitmap.width, bitmap.height)
  const [left, top] = [(bitmap.width - square) / 2, (bitmap.height - square) / 2]
  const canvas = make('canvas', { width: side, height: side })
  const context = canvas.getContext('2d')!
  context.imageSmoothingQuality = 'high'
  context.fillStyle = 'white'
  context.fillRect(0, 0, side, side)
  context.drawImage(bitmap, left, top, square, square, 0, 0, side, side)
  bitmap.close()
  const { data } = context.getImageData(0, 0, side, side)
  const area = side * side
  return Uint8Array.from({ length: 3 * area }, (_, i) => data[4 * (i % area) + Math.floor(i / area)]!)
}
