import { fig4 } from '../experiments/toy/fig4.js'
import { firstBlock, firstBlockMaps } from '../experiments/toy/firstBlock.js'
import { defaultImage, sampleImage } from '../experiments/toy/image.js'
import { sizes, toyRows } from '../experiments/toy/table2.js'
import { drawGrid } from '../figures/grid.js'
import { DataError } from '../tensor/errors.js'
import type { Extra, KeptExtra } from './extra.js'

/** The paper's Figure 4 for one network, as SVG. */
export const mapsExtra: Extra = {
  ending: '.fig4.svg',
  compute: async ({ model }, { job }) =>
    drawGrid(fig4({ networks: [{ name: job.row.label, model }], image: await sampleImage(defaultImage, model) })),
}

const head = ['pair', 'from', 'to', 'correlation', 'noFilter', ...sizes.map((d) => `d${d}`)]

/** The paper's Table 2. */
export const table2Extra: Extra = {
  ending: '.table2.csv',
  compute: async ({ model, name }) => {
    const { input, source } = await sampleImage(defaultImage, model)
    const rows = toyRows(firstBlockMaps(name, model, input)).map(({ colour, maps, correlation, meanSquare, mse }) => [
      ...[colour, ...maps, correlation.toFixed(4)],
      ...[meanSquare, ...mse].map((error) => error.toFixed(6)),
    ])
    return [[`# ${firstBlock} of ${name}: ${source}`], head, ...rows].map((cells) => `${cells.join(',')}\n`).join('')
  },
}

export interface Table2 {
  /** Which maps, of which image. */
  source: string
  rows: { pair: string; maps: string; correlation: number; noFilter: number; mse: number[] }[]
}

/** @throws DataError if it is not such a table */
export function parseTable2({ text, file }: KeptExtra): Table2 {
  const [source, names, ...lines] = text.trimEnd().split('\n')
  const rows = lines.map((line) => {
    const [pair, from, to, ...numbers] = line.split(',')
    const [correlation, noFilter, ...mse] = numbers.map(Number)
    return { pair: pair!, maps: `${from} → ${to}`, correlation: correlation!, noFilter: noFilter!, mse }
  })
  const isTable =
    names === head.join(',') && rows.every(({ mse }) => mse.length === sizes.length && mse.every(Number.isFinite))
  if (isTable) return { source: source!.replace(/^# /, ''), rows }
  throw new DataError(`${file}: not a Table 2; remove the file to have it made again`)
}
