import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { modelTitle } from '../train/modelTitle.js'
import { runFiles } from '../train/weights.js'
import { Columns } from './columns.js'
import type { FoundRun } from './findRuns.js'
import { LineTail } from './lineTail.js'
import { type RunInfo, readRunInfo } from './runInfo.js'
import { type Lists, strideFor, thin } from './thinned.js'

/** Points of a curve that are sent at most. */
const maxPoints = 1000

/** A run that has logged nothing for so long is taken to have stopped, milliseconds. */
const silence = 60_000

const stepKeys = ['step', 'epochs', 'seconds', 'loss', 'accuracy', 'lr', 'imagesPerSecond'] as const

/** Where a point lies; of several records in one it is the last one's place. */
const stepPositions: readonly StepKey[] = ['step', 'epochs', 'seconds']
const epochKeys = [
  ...(['epoch', 'step', 'trainLoss', 'trainAccuracy', 'valLoss', 'valAccuracy'] as const),
  ...(['testLoss', 'testAccuracy', 'seconds'] as const),
] as const

export type StepKey = (typeof stepKeys)[number]
export type EpochKey = (typeof epochKeys)[number]

/** A line of the list of runs. */
export interface RunSummary {
  id: string
  model: string
  data: string
  state: 'running' | 'stopped' | 'finished'
  epochs: number
  ofEpochs: number | null
  /** The images that epochs are judged by: those for validation, where a run has some. */
  judgedBy: 'test' | 'val'
  /** On these, after the last epoch, and the highest, 0 … 1. */
  accuracy: number | null
  bestAccuracy: number | null
  testLoss: number | null
  /** When it last logged something, or was begun: milliseconds since 1970. */
  updated: number
  /** Changes whenever there are new weights; null before the first. */
  weights: string | null
}

/** The curves of a run, or their end. `from`: the number of the first point; what a reader has from there on is replaced. */
export interface Curves {
  run: string
  /** Changes when the logs were cut back: all that was sent before is void. */
  generation: number
  /** Logged steps so far, and how many of them a point is the mean of. */
  logged: number
  stride: number
  steps: { from: number } & Lists<StepKey>
  epochs: { from: number } & Lists<EpochKey>
}

/** A run's folder, read as it grows. The logged steps, the long part, are read from the first call of `curves` on. */
export class WatchedRun {
  readonly id: string
  readonly folder: string
  info: RunInfo | null = null
  #summary: RunSummary | null = null
  #generation = 0
  #isOpen = false
  /** What `changes` has told. */
  #told = { generation: 0, logged: 0, stride: 1, epochs: 0 }
  #infoStamp = ''
  #header: string[] | null = null
  readonly #steps = new Columns(stepKeys)
  readonly #epochs = new Columns(epochKeys)
  readonly #stepTail: LineTail
  readonly #epochTail: LineTail

  constructor({ id, folder }: FoundRun) {
    this.id = id
    this.folder = folder
    this.#stepTail = new LineTail(
      join(folder, runFiles.steps),
      (line) => this.#addStep(line),
      () => this.#restart(this.#steps),
    )
    this.#epochTail = new LineTail(
      join(folder, runFiles.metrics),
      (line) => this.#addEpoch(line),
      () => this.#restart(this.#epochs),
    )
  }

  /** Read what is new. */
  async refresh(): Promise<RunSummary> {
    await this.#epochTail.read()
    if (this.#isOpen) await this.#stepTail.read()
    await this.#refreshInfo()
    this.#summary = await this.#summarize()
    return this.#summary
  }

  /** All points. */
  async curves(): Promise<Curves> {
    await Promise.all([this.#stepTail.read(), this.#epochTail.read()])
    if (!this.#isOpen) this.#told = this.#state()
    this.#isOpen = true
    return this.#curvesFrom(strideFor(this.#steps.length, maxPoints), 0, 0)
  }

  /** What was added since the last time this was called; null for nothing, or if nobody has asked for the curves yet. */
  changes(): Curves | null {
    const [now, told] = [this.#state(), this.#told]
    this.#told = now
    const isSame = now.generation === told.generation && now.logged === told.logged && now.epochs === told.epochs
    if (!this.#isOpen || isSame) return null
    if (now.generation !== told.generation || now.stride !== told.stride) return this.#curvesFrom(now.stride, 0, 0)
    return this.#curvesFrom(now.stride, Math.floor(told.logged / now.stride), told.epochs)
  }

  #state() {
    const logged = this.#steps.length
    return { generation: this.#generation, logged, stride: strideFor(logged, maxPoints), epochs: this.#epochs.length }
  }

  #curvesFrom(stride: number, point: number, epoch: number): Curves {
    return {
      run: this.id,
      generation: this.#generation,
      logged: this.#steps.length,
      stride,
      steps: { from: point, ...thin(this.#steps, stepPositions, stride, point) },
      epochs: { from: epoch, ...thin(this.#epochs, ['step'], 1, epoch) },
    }
  }

  #addStep(line: string): void {
    try {
      this.#steps.push(JSON.parse(line))
    } catch {
      // Not a line of ours.
    }
  }

  #addEpoch(line: string): void {
    const cells = line.split(',')
    if (this.#header === null) this.#header = cells
    else {
      const numbers = cells.map((cell) => (cell === '' ? null : Number(cell)))
      this.#epochs.push(Object.fromEntries(this.#header.map((key, i) => [key, numbers[i]])))
    }
  }

  #restart(columns: Columns<StepKey> | Columns<EpochKey>): void {
    this.#generation++
    columns.clear()
    if (columns === this.#epochs) this.#header = null
  }

  async #refreshInfo(): Promise<void> {
    const stamps = await Promise.all(
      [runFiles.sessions, runFiles.config].map((name) => stampOf(join(this.folder, name))),
    )
    if (this.info && stamps.join() === this.#infoStamp) return
    this.#infoStamp = stamps.join()
    this.info = await readRunInfo(this.folder)
  }

  async #summarize(): Promise<RunSummary> {
    const { config } = this.info!
    const { steps, metrics, sessions, config: begun, model } = runFiles
    const times = await Promise.all([steps, metrics, sessions, begun].map((name) => timesOf(join(this.folder, name))))
    const weights = await timesOf(join(this.folder, model))
    const isValidated = this.#epochs.column('valAccuracy').some((value) => !Number.isNaN(value))
    const accuracies = this.#epochs.column(isValidated ? 'valAccuracy' : 'testAccuracy')
    const losses = this.#epochs.column(isValidated ? 'valLoss' : 'testLoss')
    const known = accuracies.filter((value) => !Number.isNaN(value))
    const updated = Math.max(...times.map(({ changed }) => changed))
    const epochs = this.#epochs.column('epoch').at(-1) ?? 0
    const ofEpochs = typeof config.epochs === 'number' ? config.epochs : null
    const isFinished = ofEpochs !== null && epochs >= ofEpochs
    return {
      id: this.id,
      model: modelTitle(textOf(config.model)),
      data: textOf(config.data),
      state: isFinished ? 'finished' : Date.now() - updated < silence ? 'running' : 'stopped',
      ...{ epochs, ofEpochs, updated },
      judgedBy: isValidated ? 'val' : 'test',
      accuracy: numberOf(accuracies.at(-1)),
      bestAccuracy: known.length > 0 ? known.reduce((a, b) => Math.max(a, b)) : null,
      testLoss: numberOf(losses.at(-1)),
      weights: weights.stamp,
    }
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '?')

const numberOf = (value: number | undefined): number | null => (Number.isFinite(value) ? value! : null)

async function timesOf(path: string): Promise<{ changed: number; stamp: string | null }> {
  const info = await stat(path).catch(() => null)
  return { changed: info?.mtimeMs ?? 0, stamp: info ? `${info.mtimeMs}-${info.size}` : null }
}

const stampOf = async (path: string): Promise<string> => (await timesOf(path)).stamp ?? 'none'
