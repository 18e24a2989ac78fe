import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { temporaryFolders } from '../train/support.js'
import { ghostgrad } from './support.js'

vi.setConfig({ testTimeout: 120_000 })
const newFolder = temporaryFolders()

it('reports a run with the confusion matrix of its weights, and without them later', async () => {
  const cwd = newFolder()
  const job = 'ghostnet-0.5-cifar-fast+epochs=1+batchSize=100+data=cifar10-sample-seed0'
  expect((await ghostgrad(['reproduce', '--job', job, '--threads', '1'], { cwd })).code).toBe(0)

  const { code, stdout, stderr } = await ghostgrad(['report', '--threads', '1'], { cwd })
  expect([code, stdout]).toEqual([0, '1 run in report.html\n'])
  expect(stderr).toContain(`computing results/${job}.confusion.csv\n`)
  const page = readFileSync(join(cwd, 'report.html'), 'utf8')
  expect(page).toContain(`<tr id="run-${job}">`)
  const counts = readFileSync(join(cwd, 'results', `${job}.confusion.csv`), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
  expect(counts.flatMap((line) => line.split(',').slice(1).map(Number)).reduce((a, b) => a + b, 0)).toBe(200)

  const again = await ghostgrad(['report', '--runs', 'gone', '--markdown', 'docs/results.md'], { cwd })
  expect(again.stdout).toMatch(/^1 run in docs\/results\.md, \d+ pictures\n$/)
  expect(again.stderr).toBe('')
  expect(existsSync(join(cwd, 'docs', 'images', 'results', 'confusion.svg'))).toBe(true)
})

it('says so when there is nothing to report', async () => {
  const { code, stderr } = await ghostgrad(['report'], { cwd: newFolder() })
  expect(code).toBe(0)
  expect(stderr).toBe('ghostgrad: no results in results yet: npx ghostgrad reproduce table5 makes some\n')
})
