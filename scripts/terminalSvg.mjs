// Draws what a command printed as a terminal window, for the README:
//   npm start 2>&1 | tee run.log && node scripts/terminalSvg.mjs '$ npm ci && npm start' < run.log > docs/images/train.svg
import { readFileSync } from 'node:fs'
import { escapeXml } from '../dist/src/escapeXml.js'

const columns = 100
const [charWidth, lineHeight, margin, bar] = [7.8, 18, 18, 30]

const printed = readFileSync(0, 'utf8').trimEnd().split('\n')
const lines = [process.argv[2] ?? '$', ...printed].map((line) => line.slice(0, columns))
const width = columns * charWidth + 2 * margin
const height = bar + lines.length * lineHeight + margin

const rows = lines.map((line, i) => {
  const y = bar + (i + 1) * lineHeight
  const colour = i === 0 ? '#7ee787' : /best$|^Done/.test(line) ? '#e6edf3' : '#9da7b3'
  return `<text x="${margin}" y="${y}" fill="${colour}" xml:space="preserve">${escapeXml(line)}</text>`
})
const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
  (c, i) => `<circle cx="${margin + 4 + i * 18}" cy="16" r="5.5" fill="${c}"/>`,
)
console.log(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<title>A training run in a terminal</title>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${dots.join('')}
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13">
${rows.join('\n')}
</g>
</svg>`)
