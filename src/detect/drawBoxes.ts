import { seriesColours } from '../figures/drawing.js'
import { document, element, text } from '../figures/svg.js'
import type { Detection } from './evaluate/cocoMap.js'

/** A picture with boxes on it, as SVG. @param png bytes of the picture, a PNG file */
export function drawBoxes(
  png: Uint8Array,
  { width, height }: { width: number; height: number },
  detections: readonly Detection[],
  classes: readonly string[],
): string {
  const href = `data:image/png;base64,${Buffer.from(png).toString('base64')}`
  const boxes = detections.map(({ box: [x, y, w, h], category, score }) => {
    const colour = seriesColours[category % seriesColours.length]!
    const label = `${classes[category]} ${score.toFixed(2)}`
    const top = Math.max(0, y - 14)
    return element(
      'g',
      {},
      element('rect', { x, y, width: w, height: h, fill: 'none', stroke: colour, 'stroke-width': 2 }),
      element('rect', { x, y: top, width: 7 * label.length + 4, height: 14, fill: colour }),
      text(x + 2, top + 11, label, { fill: 'white', 'font-size': 11 }),
    )
  })
  return document(width, height, element('image', { href, width, height }), ...boxes)
}
