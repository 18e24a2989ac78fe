import Table from 'cli-table3'
import type { OwnReport } from '../src/data/own/loadOwn.js'
import { count, integer } from './format.js'
import { plainTable } from './table.js'

/** Of bad images the first ones are listed, all of them in JSON. */
const mostBad = 20

/** What was found in images of the user's own. */
export function describeOwn(path: string, report: OwnReport): string {
  const { classes, kind, height, width, mean, std, cacheFile } = report
  const [train, val, test] = (['train', 'val', 'test'] as const).map((part) =>
    sum(classes.map((row) => row[part])),
  ) as [number, number, number]
  const three = (values: readonly number[]) => values.map((value) => value.toFixed(4)).join(', ')
  const lines = [
    `${path}: ${kind}, ${integer(classes.length)} classes`,
    '',
    classTable(report),
    '',
    `${integer(train)} training${val > 0 ? `, ${integer(val)} validation` : ''} and ${integer(test)} test images, as ${width} × ${height} pixels`,
    ...report.notes,
    ...sizeLine(report),
    `mean ${three(mean)}; standard deviation ${three(std)} of red, green and blue`,
    ...(cacheFile === null ? [] : [`decoded images: ${cacheFile}`]),
    ...passedOverLine(report),
    ...warnings(report),
    ...badLines(report),
  ]
  return lines.join('\n')
}

function classTable({ classes }: OwnReport): string {
  const parts = classes.some(({ val }) => val > 0) ? (['train', 'val', 'test'] as const) : (['train', 'test'] as const)
  const head = ['class', ...parts]
  const table = new Table({ ...plainTable, head, colAligns: ['left', ...parts.map(() => 'right' as const)] })
  for (const row of classes) table.push([row.name, ...parts.map((part) => integer(row[part]))])
  return String(table)
}

function sizeLine({ sizes }: OwnReport): string[] {
  if (sizes === null) return []
  const [smallest, middle, largest] = sizes.map((pair) => pair.join(' × '))
  return [smallest === largest ? `size: ${smallest}` : `sizes: ${smallest} to ${largest}, ${middle} in the middle`]
}

function passedOverLine({ passedOver }: OwnReport): string[] {
  const kinds = Object.entries(passedOver).map(([ending, n]) => `${n} ${ending}`)
  return kinds.length > 0 ? [`files that are no images: ${kinds.join(', ')}`] : []
}

function warnings({ classes }: OwnReport): string[] {
  const untrained = classes.filter(({ train, val, test }) => train === 0 && val + test > 0).map(({ name }) => name)
  return untrained.length > 0 ? [`classes without a training image: ${untrained.join(', ')}`] : []
}

function badLines({ bad }: OwnReport): string[] {
  if (bad.length === 0) return []
  const more = bad.length > mostBad ? [`  and ${bad.length - mostBad} more (all of them: --json)`] : []
  return [
    '',
    `${count(bad.length, 'image')} that cannot be used (train without by --skip-bad):`,
    ...bad.slice(0, mostBad).map(({ name, reason }) => `  ${name}: ${reason}`),
    ...more,
  ]
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
