import { escapeXml } from '../src/escapeXml.js'
import type { ModelRow } from './models.js'
import { bestFloat32Torch, speedOf } from './modelsReport.js'

const colours = { ghostgrad: '#2f6f4f', pytorch: '#b9b9b9' }
const [left, barHeight, gap, width] = [190, 16, 14, 760]

/** Bars of images/s, ours above those of PyTorch's best way in 32-bit floats, for each row, as an SVG picture. */
export function chart(rows: readonly ModelRow[], caption: string): string {
  const most = Math.max(...rows.flatMap((row) => [speedOf(row, 'ghostgrad') ?? 0, bestFloat32Torch(row) ?? 0]))
  const scale = (width - left - 150) / most
  const group = 2 * barHeight + gap
  const height = 60 + rows.length * group
  const bars = rows.map((row, i) => {
    const { task, model, batchSize } = row
    const ghostgrad = speedOf(row, 'ghostgrad') ?? 0
    const pytorch = bestFloat32Torch(row)
    const y = 44 + i * group
    const bar = (value: number, colour: string, at: number, label: string): string =>
      `<rect x="${left}" y="${at}" width="${(value * scale).toFixed(1)}" height="${barHeight - 2}" fill="${colour}"/>` +
      `<text x="${(left + value * scale + 6).toFixed(1)}" y="${at + 12}">${escapeXml(label)}</text>`
    return [
      `<text x="${left - 8}" y="${y + barHeight + 3}" text-anchor="end">${escapeXml(model)}, ${task === 'inference' ? 'inference, ' : ''}batch ${batchSize}</text>`,
      bar(
        ghostgrad,
        colours.ghostgrad,
        y,
        `${ghostgrad.toFixed(0)}${pytorch ? `, ${(ghostgrad / pytorch).toFixed(2)} ×` : ''}`,
      ),
      pytorch ? bar(pytorch, colours.pytorch, y + barHeight, pytorch.toFixed(0)) : '',
    ].join('')
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#222">
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="12" y="22" font-size="14">${escapeXml(caption)}</text>
<rect x="${width - 190}" y="30" width="10" height="10" fill="${colours.ghostgrad}"/><text x="${width - 176}" y="39">ghostgrad</text>
<rect x="${width - 100}" y="30" width="10" height="10" fill="${colours.pytorch}"/><text x="${width - 86}" y="39">PyTorch</text>
${bars.join('\n')}
</svg>
`
}
