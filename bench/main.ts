/**
 * Training speed of the models beside PyTorch in the same run: the two take turns, and the medians of the rounds are compared.
 * PyTorch is measured where /usr/bin/python3 has torch (Debian: python3-torch).
 *
 *   npm run bench [-- MODEL … --batch-size 128 --threads 2 --seconds 4 --rounds 3 --json]
 */
import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import Table from 'cli-table3'
import { Command } from 'commander'
import { packageRoot } from '../src/packageRoot.js'

const defaultModels = ['vgg16', 'ghost-vgg16', 'resnet56', 'ghost-resnet56', 'ghostnet']
const python = '/usr/bin/python3'

interface Options {
  batchSize: string
  threads: string
  seconds: string
  rounds: string
  json?: boolean
}

interface Row {
  model: string
  batchSize: number
  threads: number
  ghostgrad: number
  pytorch: number | null
}

const inPackage = (path: string): string => fileURLToPath(new URL(path, packageRoot))

/** Run a program that prints one JSON line with `imagesPerSecond`. */
function imagesPerSecond(program: string, args: readonly string[]): number {
  const line = execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  return (JSON.parse(line) as { imagesPerSecond: number }).imagesPerSecond
}

function hasTorch(): boolean {
  try {
    execFileSync(python, ['-c', 'import torch'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]!
}

function measure(model: string, options: Options, torch: boolean): Row {
  const { batchSize, threads, seconds } = options
  const flags = ['--batch-size', batchSize, '--threads', threads, '--seconds', seconds]
  const ours: number[] = []
  const theirs: number[] = []
  for (let round = 0; round < Number(options.rounds); round++) {
    ours.push(
      imagesPerSecond(process.execPath, [inPackage('dist/cli/main.js'), 'bench', '--json', '--model', model, ...flags]),
    )
    if (torch) theirs.push(imagesPerSecond(python, [inPackage('bench/peers/pytorch.py'), model, ...flags]))
  }
  return {
    model,
    batchSize: Number(batchSize),
    threads: Number(threads),
    ghostgrad: median(ours),
    pytorch: torch ? median(theirs) : null,
  }
}

function print(rows: readonly Row[]): void {
  const table = new Table({ head: ['training, images/s', 'ghostgrad', 'PyTorch', 'ratio'], style: { head: [] } })
  for (const { model, ghostgrad, pytorch } of rows) {
    const ratio = pytorch ? `${(ghostgrad / pytorch).toFixed(2)} ×` : 'not run'
    table.push([model, ghostgrad.toFixed(1), pytorch?.toFixed(1) ?? 'not installed', ratio])
  }
  console.log(table.toString())
}

new Command('bench')
  .argument('[models...]')
  .option('--batch-size <n>', 'images a step', '128')
  .option('--threads <n>', 'threads of both', String(availableParallelism()))
  .option('--seconds <s>', 'how long each measurement takes', '4')
  .option('--rounds <n>', 'measurements of each, taken in turns', '3')
  .option('--json', 'print the rows as JSON')
  .action((models: string[], options: Options) => {
    const torch = hasTorch()
    const rows = (models.length > 0 ? models : defaultModels).map((model) => measure(model, options, torch))
    if (options.json) console.log(JSON.stringify(rows))
    else print(rows)
  })
  .parse()
