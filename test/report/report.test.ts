import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { jobConfig, jobId, parseJobId } from '../../src/experiments/job.js'
import { type Result, writeResult } from '../../src/experiments/result.js'
import type { TrainedRow } from '../../src/experiments/rows.js'
import { toMarkdown } from '../../src/report/markdown.js'
import { markdownTable } from '../../src/report/markdownTable.js'
import { toHtml } from '../../src/report/page.js'
import { makeReport, type Report } from '../../src/report/report.js'
import { writeMarkdown } from '../../src/report/write.js'
import { temporaryFolders } from '../train/support.js'

const newFolder = temporaryFolders()

/** The result of a run that learned steadily up to `accuracy`. */
function keepResult(folder: string, id: string, accuracy: number, changes: Partial<Result> = {}): void {
  const job = parseJobId(id)
  const config = jobConfig({ ...job, row: job.row as TrainedRow })
  const epochs = Array.from({ length: config.epochs }, (_, i) => ({
    ...{ epoch: i + 1, step: 390 * (i + 1), trainLoss: 2 / (i + 1), trainAccuracy: accuracy / 2 },
    ...{ testLoss: 1, testAccuracy: (accuracy * (i + 1)) / config.epochs, imagesPerSecond: 100, lr: 0.1, seconds: 60 },
  }))
  writeResult(folder, jobId(job), {
    ...{ row: job.row.id, recipe: 'fast', seed: job.seed, accuracy, best: { epoch: config.epochs, accuracy } },
    ...{ seconds: 600, started: '2026-01-01T00:00:00.000Z', ended: '2026-01-01T00:10:00.000Z', version: '1.2.3' },
    ...{ commit: 'abc1234', machine: 'a <b>machine</b>', backend: 'wasm relaxed simd, 1 thread', threads: 1 },
    ...{ run: `runs/${id}`, config, epochs },
    ...changes,
  })
}

async function reportOf(results: string, runs = 'none'): Promise<Report> {
  return makeReport({ folders: { results, runs }, offline: true, evalBatchSize: 100 })
}

async function twoRows(): Promise<string> {
  const results = join(newFolder(), 'results')
  keepResult(results, 'resnet56-fast-seed0', 0.8774)
  keepResult(results, 'resnet56-fast-seed1', 0.8834)
  keepResult(results, 'ghost-resnet56-fast-seed0', 0.8616)
  return results
}

/** The last line of a table that is called so. */
const lineOf = (page: string, label: string): string =>
  page.split(`<th scope="row">${label}</th>`).at(-1)!.split('</tr>')[0]!

describe('the page', () => {
  it('shows every accuracy with its run, and what was not run', async () => {
    const page = toHtml(await reportOf(await twoRows()))
    expect(page).toMatch(/<a href="#run-resnet56-fast-seed0"[^>]*>88\.04 ± 0\.42<\/a>/)
    expect(lineOf(page, 'Ghost-ResNet-56 (s = 2)')).toMatch(/>86\.16<\/a>.*seed 1 not run/s)
    expect(lineOf(page, 'VGG-16')).toMatch(/>not run<\/span>/)
    expect(page).toContain('quoted by the paper')
    expect(page).toContain('<tr id="run-ghost-resnet56-fast-seed0">')
    expect(page).toContain('1.2.3 (commit abc1234)')
  })

  it('leaves out the tables that a recipe has no result for', async () => {
    const results = await twoRows()
    keepResult(results, 'ghost-vgg16-d7-fast-seed0', 0.87)
    const tables = [...toMarkdown(await reportOf(results), 'images').text.matchAll(/^### (Table \d|GhostNet)/gm)]
    expect(tables.map(([, name]) => name)).toEqual(['Table 3', 'Table 5', 'Table 6', 'Table 7'])
  })

  it('says what was not computed for lack of weights', async () => {
    const page = toHtml(await reportOf(await twoRows()))
    expect(page.match(/Not there: /g)).toHaveLength(3)
  })

  it('shows markup in what it is told as text', async () => {
    const page = toHtml(await reportOf(await twoRows()))
    expect(page).toContain('a &lt;b&gt;machine&lt;/b&gt;')
    expect(page).not.toContain('<b>machine')
  })

  it('loads nothing', async () => {
    expect(toHtml(await reportOf(await twoRows()))).not.toMatch(/(?:src|href)="(?!#|data:)|url\(|@import/)
  })

  it('comes to something without any result', async () => {
    const page = toHtml(await reportOf(join(newFolder(), 'nothing')))
    expect(page).toContain('No results yet')
    expect(page).toContain('not decided')
  })

  it('shows a matrix that was kept, if it is that of the run', async () => {
    const results = await twoRows()
    const file = join(results, 'resnet56-fast-seed1.confusion.csv')
    writeFileSync(file, 'label,cat,dog\ncat,8834,1166\ndog,1166,8834\n')
    expect(toHtml(await reportOf(results))).toContain('ResNet-56: 88.34 %')
    writeFileSync(file, 'label,cat,dog\ncat,5000,5000\ndog,5000,5000\n')
    await expect(reportOf(results)).rejects.toThrow(
      /confusion\.csv: comes to an accuracy of 0\.5, but .* has 0\.8834: the weights were not those of the run; remove the file$/,
    )
  })

  it('refuses files that are no results', async () => {
    const results = await twoRows()
    writeFileSync(join(results, 'resnet56-fast-seed2.yaml'), 'row: [')
    await expect(reportOf(results)).rejects.toThrow('resnet56-fast-seed2.yaml: not a result of ghostgrad reproduce')
  })
})

describe('the page in Markdown', () => {
  it('is the same from the same results, with a picture for each link', async () => {
    const results = await twoRows()
    const [a, b] = [await reportOf(results), await reportOf(results)].map((report) => toMarkdown(report, 'images'))
    expect(a).toEqual(b)
    const links = [...a!.text.matchAll(/!\[[^\]]*\]\(images\/([^)]+)\)/g)].map(([, name]) => name)
    expect(links).toEqual([...a!.pictures.keys()])
    expect(a!.text).toMatch(
      /\| ResNet-56 +\| 0\.85 +\| 0\.853 +\| 125 +\| 125\.5 +\| 93\.0 +\| 88\.04 ± 0\.42 +\| −5\.0 /,
    )
    expect(a!.text).toContain('A reduced budget: 10 epochs')
  })

  it('is written with its pictures beside it', async () => {
    const folder = newFolder()
    const files = writeMarkdown(await reportOf(await twoRows()), join(folder, 'results.md'))
    expect(files[0]).toBe(join(folder, 'results.md'))
    expect(files.slice(1).every((file) => existsSync(file) && file.endsWith('.svg'))).toBe(true)
    expect(readFileSync(files[1]!, 'utf8')).toMatch(/^<svg xmlns=/)
  })

  it('has tables with columns of one width', () => {
    expect(markdownTable(['', 'a'], [['x | y', 'ü']])).toBe('|        | a   |\n| ------ | --- |\n| x \\| y | ü   |')
  })
})

it('names a run that is not there', async () => {
  const results = await twoRows()
  mkdirSync(results, { recursive: true })
  const options = { folders: { results, runs: 'none' }, offline: true, evalBatchSize: 100 }
  await expect(makeReport({ ...options, confusionOf: 'resnet56-fast-seed3' })).rejects.toThrow(
    '--confusion: no result "resnet56-fast-seed3"; did you mean "resnet56-fast-seed1"? there are: ',
  )
  await expect(makeReport({ ...options, confusionOf: 'resnet56-fast-seed0' })).rejects.toThrow(
    '--confusion: the weights of resnet56-fast-seed0 are not here, and its matrix was not kept',
  )
})
