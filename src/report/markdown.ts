import { agrees, type TableReport } from '../experiments/assemble.js'
import { nameOf, showCell, showTop1, whyNoAccuracy } from '../experiments/cells.js'
import { paperTable2 } from '../experiments/toy/paper.js'
import { sizes } from '../experiments/toy/table2.js'
import { asDocument, type Drawing } from '../figures/drawing.js'
import { drawConfusion, drawCurves } from './charts.js'
import type { Section, StoredRun } from './collect.js'
import { drawCosts } from './costPlot.js'
import { markdownTable } from './markdownTable.js'
import type { Report } from './report.js'
import { codeOf, describeRecipe, duration, inThousandths, legend, percent } from './words.js'

/** A page in Markdown, and the pictures that it shows, by the names of their files. */
export interface MarkdownReport {
  text: string
  pictures: Map<string, string>
}

/**
 * The report for `docs/results.md`: the same results give the same bytes.
 * @param pictureFolder where the pictures will lie, as seen from the page
 */
export function toMarkdown(report: Report, pictureFolder: string): MarkdownReport {
  const pictures = new Map<string, string>()
  const picture = (name: string, alt: string, svg: string): string => {
    pictures.set(`${name}.svg`, svg)
    return `![${alt}](${pictureFolder}/${name}.svg)`
  }
  const draw = (name: string, alt: string, drawing: Drawing) => picture(name, alt, asDocument(drawing))
  const { runs, sections, structure, confusion, maps } = report
  const blocks = [
    '# Results',
    "The paper's tables (GhostNet, Han et al., CVPR 2020) with our numbers beside them. Made by `npx ghostgrad report` from the files in `results/`; how to make those is in [reproduce.md](reproduce.md).",
    legend.join(' '),
    ...sections.flatMap((section) => sectionBlocks(section, runs, draw)),
    '## Networks for ImageNet',
    'Weights and multiply-adds alone: nothing is trained on ImageNet here.',
    ...structure.flatMap((table) => tableBlocks(table, runs)),
    ...(confusion
      ? [
          '## Classes taken for each other',
          `The test images of ${confusion.run.id}, by its last weights.`,
          draw('confusion', 'Confusion matrix', drawConfusion(confusion)),
        ]
      : []),
    ...(maps.length > 0
      ? [
          '## Feature maps',
          "The paper's Figure 4.",
          ...maps.map(({ svg, run }) => picture(`maps-${run.job.row.id}`, `Feature maps of ${run.job.row.label}`, svg)),
        ]
      : []),
    ...table2Blocks(report),
    '## Runs',
    runTable(runs),
  ]
  return { text: `${blocks.join('\n\n')}\n`, pictures }
}

type Draw = (name: string, alt: string, drawing: Drawing) => string

function sectionBlocks(section: Section, runs: readonly StoredRun[], draw: Draw): string[] {
  const file = section.label.replaceAll(/[^a-z0-9.]+/gi, '-')
  return [
    `## CIFAR-10, recipe ${section.label}`,
    describeRecipe(section).join(' '),
    draw(`${file}-costs`, 'Accuracy over multiply-adds', drawCosts(section)),
    ...section.tables.flatMap((table) => {
      const curves = drawCurves(table, runs)
      const names = ['accuracy', 'loss']
      const drawn = curves?.map((curve, i) => draw(`${file}-${table.table.id}-${names[i]}`, names[i]!, curve)) ?? []
      return [...tableBlocks(table, runs), ...drawn]
    }),
  ]
}

function tableBlocks({ table, lines, notes, claims }: TableReport, runs: readonly StoredRun[]): string[] {
  const flops = `multiply-adds, ${table.flopsUnit}`
  const head = ['', 'weights, M: paper', 'ours', `${flops}: paper`, 'ours', 'top-1, %: paper', 'ours', 'diff.', 'from']
  const cells = lines.map((line) => {
    const [weights, macs] = [showCell(line.weights, 2), showCell(line.flops, 1)]
    const marked = (cell: typeof line.weights, [, ours]: readonly string[]) => (agrees(cell) ? ours! : `${ours} *`)
    const from = runs.filter(({ file }) => line.results.includes(file)).map(({ id }) => id)
    const missing = line.missing.length > 0 && from.length > 0 ? [`seed ${line.missing.join(', ')} not run`] : []
    const counts = [weights[0], marked(line.weights, weights), macs[0], marked(line.flops, macs)]
    return [line.label, ...counts, ...showTop1(line.top1), whyNoAccuracy(line) ?? [...from, ...missing].join(', ')]
  })
  const differs = lines.some(({ weights, flops: macs }) => !agrees(weights) || !agrees(macs))
  const list = [
    ...(differs ? ["\\* does not round to the paper's"] : []),
    ...notes,
    ...claims.map(({ text, verdict, evidence }) => `**${verdict}**: ${text} (${evidence})`),
  ]
  return [
    `### ${nameOf(table.id)}: ${table.title}`,
    markdownTable(head, cells),
    ...(list.length > 0 ? [list.map((item) => `- ${item}`).join('\n')] : []),
  ]
}

function table2Blocks({ table2 }: Report): string[] {
  if (!table2) return []
  const head = ['pair', 'maps', 'correlation', ...sizes.flatMap((d) => [`d = ${d}: paper`, 'ours'])]
  const lines = table2.rows.map(({ pair, maps, correlation, mse }) => {
    const paper = paperTable2[pair as keyof typeof paperTable2]
    return [
      pair,
      maps,
      correlation.toFixed(3),
      ...mse.flatMap((error, i) => [paper[i]!.toFixed(1), inThousandths(error)]),
    ]
  })
  return [
    '## Table 2: similar maps, one made of the other',
    `Mean squared error × 10⁻³ of the best d × d depthwise filter. Ours: ${table2.source}, from ${table2.run.id}; the paper's: ResNet-50, on an image of its own.`,
    markdownTable(head, lines),
  ]
}

function runTable(runs: readonly StoredRun[]): string {
  if (runs.length === 0) return 'None yet.'
  const head = ['run', 'top-1', 'best', 'backend', 'version', 'machine', 'time']
  const lines = runs.map((run) => {
    const { accuracy, best, backend, machine, seconds } = run.result
    const highest = `${percent(best.accuracy)} after epoch ${best.epoch}`
    return [run.id, percent(accuracy), highest, backend, codeOf(run), machine, duration(seconds)]
  })
  return markdownTable(head, lines)
}
