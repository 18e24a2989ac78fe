import type { BadBox, RawBox } from './detectionData.js'

/**
 * The boxes of one image as YOLO writes them, a line each: class, then centre and size as shares of the image's width and height. A line
 * that is not of this form is told to `bad`.
 */
export function parseYolo(
  image: { name: string; width: number; height: number },
  text: string,
  classes: number,
  bad: BadBox[],
): RawBox[] {
  return text.split(/\r?\n/).flatMap((line, i): RawBox[] => {
    if (line.trim() === '') return []
    const numbers = line.trim().split(/\s+/).map(Number)
    const [label, x, y, width, height] = numbers as [number, number, number, number, number]
    if (numbers.length !== 5 || !numbers.every(Number.isFinite)) {
      bad.push({ image: image.name, reason: `line ${i + 1}: expected a class and four numbers, got "${line.trim()}"` })
      return []
    }
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      bad.push({ image: image.name, reason: `line ${i + 1}: expected a class from 0 to ${classes - 1}, got ${label}` })
      return []
    }
    const left = (x - width / 2) * image.width
    const top = (y - height / 2) * image.height
    return [{ label, box: [left, top, left + width * image.width, top + height * image.height] }]
  })
}
