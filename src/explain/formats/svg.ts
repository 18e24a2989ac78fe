import { escapeXml } from '../../escapeXml.js'
import type { Explanation } from '../explanation.js'
import { type Box, type Graph, graphOf } from '../graph.js'
import { boxLines } from './boxLines.js'
import { type Layout, layOut, type Size } from './layout.js'

const [lineHeight, charWidth, padding] = [16, 7.3, 10]

/** Fill and border by what a box is; operations with parameters stand out. On a page, styles may set others by the classes. */
const colours = {
  leaf: ['#e7f0fb', '#4a7ab5'],
  op: ['#ffffff', '#8a8f98'],
  weighted: ['#fdf1e0', '#c07f2c'],
  module: ['#eef6ec', '#5c8f53'],
  outside: ['#f4f4f5', '#c3c6cc'],
} as const

/** The graph as a picture. @param depth as in `graphOf` */
export function toSvg(explanation: Explanation, depth = 0): string {
  return drawGraph(explanation, graphOf(explanation, depth))
}

export function drawGraph(explanation: Explanation, graph: Graph): string {
  const lines = new Map(graph.boxes.map((box) => [box.id, boxLines(explanation, box)]))
  const sizes = new Map(Array.from(lines, ([id, text]) => [id, sizeOf(text)]))
  const layout = layOut(graph, sizes)
  const { width, height } = layout
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="12" fill="#1f2328">
<title>loss ${explanation.loss}, ${explanation.nodes.length} operations</title>
<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#8a8f98"/></marker></defs>
<rect class="ground" width="100%" height="100%" fill="#ffffff"/>
<g fill="none" stroke="#8a8f98" stroke-width="1.3">
${layout.edges.map(({ points }) => `<path d="${curve(points)}" marker-end="url(#head)"/>`).join('\n')}
</g>
${graph.boxes.map((box) => drawBox(box, lines.get(box.id)!, layout)).join('\n')}
</svg>
`
}

const sizeOf = (lines: readonly string[]): Size => ({
  width: Math.max(...lines.map((line) => line.length)) * charWidth + 2 * padding,
  height: lines.length * lineHeight + 1.5 * padding,
})

function drawBox(box: Box, lines: readonly string[], { boxes }: Layout): string {
  const { x, y, width, height } = boxes.get(box.id)!
  const look = box.kind === 'op' && box.inputs.length > 0 ? 'weighted' : box.kind
  const [fill, stroke] = colours[look]
  const [left, top] = [x - width / 2, y - height / 2].map(round) as [number, number]
  const text = lines.map((line, i) => {
    const weight = i === 0 ? ' font-weight="bold"' : ''
    return `<text x="${round(left + padding)}" y="${round(top + padding + 8 + i * lineHeight)}"${weight}>${escapeXml(line)}</text>`
  })
  const frame = `x="${left}" y="${top}" width="${round(width)}" height="${round(height)}" rx="6" fill="${fill}" stroke="${stroke}"`
  return `<g class="box ${look}" data-box="${escapeXml(box.id)}"><rect ${frame}/>${text.join('')}</g>`
}

/** A line through the points, its corners rounded. */
function curve(points: readonly { x: number; y: number }[]): string {
  const at = ({ x, y }: { x: number; y: number }): string => `${round(x)} ${round(y)}`
  const [first, ...rest] = points
  const corners = rest.slice(0, -1).map((point, i) => {
    const next = rest[i + 1]!
    const end = i === rest.length - 2 ? next : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 }
    return `Q${at(point)} ${at(end)}`
  })
  return `M${at(first!)}${corners.length > 0 ? corners.join('') : `L${at(rest.at(-1)!)}`}`
}

const round = (v: number): number => Math.round(v * 10) / 10
