/** The logs of a run, as other programs read them, and across interruptions. */
import { createHash } from 'node:crypto'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { setBackend } from '../../src/tensor/backend.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import { readCheckpoint } from '../../src/train/checkpointFile.js'
import { objectLayer, readConfig } from '../../src/train/readConfig.js'
import type { Run } from '../../src/train/run.js'
import { resumeRun, startRun } from '../../src/train/startRun.js'
import { readEvents, valuesOf } from '../support/eventFile.js'
import { temporaryFolders } from './support.js'

beforeAll(() => setBackend(new WasmBackend({ threads: 1 })))
const newFolder = temporaryFolders()

/** Two epochs of seven steps. */
const settings = {
  ...{ model: 'ghostnet', width: 0.2, data: 'cifar10-sample', batchSize: 64, epochs: 2 },
  ...{ logEvery: 1, threads: 1, tensorboard: true },
}

const start = (out: string, more: object = {}): Promise<Run> =>
  startRun(readConfig(objectLayer({ ...settings, out, ...more }, 'here')))

const resume = (out: string): Promise<Run> => resumeRun(out, objectLayer({}, 'here'))

const file = (folder: string, name: string) => readFileSync(join(folder, name))

const lines = (folder: string, name: string) =>
  file(folder, name)
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

const events = (folder: string) => readEvents(file(folder, 'events.out.tfevents.ghostgrad'))

/** The rows of metrics.csv, by the heads of their columns. */
const rows = (folder: string): Record<string, number>[] => {
  const [head, ...lines] = file(folder, 'metrics.csv').toString().trimEnd().split('\n')
  const keys = head!.split(',')
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [keys[i]!, Number(cell)])))
}

/** All that is logged but times, in its order. */
const contents = (folder: string) => ({
  steps: lines(folder, 'steps.jsonl').map(({ imagesPerSecond: _, seconds: __, ...step }) => step),
  csv: file(folder, 'metrics.csv')
    .toString()
    .split('\n')
    .map((line) => line.split(',').slice(0, 6)),
  events: events(folder).map(({ step, fileVersion, summary }) => {
    const values = summary?.value.filter(({ tag }) => tag !== 'images_per_second') ?? []
    const hash = createHash('md5').update(JSON.stringify(values)).digest('hex')
    return { step, fileVersion, tags: values.map(({ tag }) => tag), hash }
  }),
})

describe('logs', () => {
  it('hold curves, histograms and pictures for TensorBoard, the same numbers as the other logs', async () => {
    const folder = join(newFolder(), 'run')
    const run = await start(folder)
    await run.train()
    await run.close()

    const all = events(folder)
    expect(all[0]).toMatchObject({ step: 0, fileVersion: 'brain.Event:2' })
    const steps = lines(folder, 'steps.jsonl')
    const epochs = rows(folder)
    expect([steps.length, epochs.length]).toEqual([14, 2])
    const scalars = (tag: string) => valuesOf(all, tag).map(({ step, simpleValue }) => [step, simpleValue])
    const expected = (records: Record<string, number>[], key: string) =>
      records.map((record) => [record.step, Math.fround(record[key]!)])
    expect(scalars('loss/train')).toEqual(expected(steps, 'loss'))
    expect(scalars('accuracy/train')).toEqual(expected(steps, 'accuracy'))
    expect(scalars('lr')).toEqual(expected(steps, 'lr'))
    expect(scalars('images_per_second')).toEqual(expected(steps, 'imagesPerSecond'))
    expect(scalars('loss/test')).toEqual(expected(epochs, 'testLoss'))
    expect(scalars('accuracy/test')).toEqual(expected(epochs, 'testAccuracy'))
    expect(epochs[0]).toMatchObject({ epoch: 1, step: 7 })
    const mean = steps.slice(0, 7).reduce((sum, { accuracy }) => sum + accuracy, 0) / 7
    expect(epochs[0].trainAccuracy).toBeCloseTo(mean, 6)

    for (const [name, parameter] of run.trainer.options.model.namedParameters()) {
      for (const kind of ['weights', 'gradients']) {
        const histograms = valuesOf(all, `${kind}/${name}`)
        expect(histograms.map(({ step }) => step)).toEqual([7, 14])
        for (const { histo } of histograms) expect(histo!.num).toBe(parameter.size)
      }
      expect(valuesOf(all, `weights/${name}`)[1]!.histo!.max).toBe(parameter.data.reduce((a, b) => Math.max(a, b)))
    }
    const [filters] = valuesOf(all, 'filters/conv_stem.weight')
    expect(await sharp(filters!.image!.encodedImageString).metadata()).toMatchObject({
      ...{ format: 'png', width: filters!.image!.width, height: filters!.image!.height },
    })
    const mistakes = valuesOf(all, 'misclassified/cat')[0]!.image!
    expect([mistakes.height, mistakes.colorspace]).toEqual([64, 3])
    expect(Object.keys(lines(folder, 'sessions.jsonl')[0])).toEqual([
      ...['time', 'version', 'commit', 'machine', 'step', 'backend', 'config'],
    ])
  })

  it('go on without a seam, and do not touch what is computed', async () => {
    const [whole, broken, without] = [0, 1, 2].map(() => join(newFolder(), 'run')) as [string, string, string]
    const more = { saveEvery: 3 }
    const first = await start(whole, more)
    await first.train()
    await first.close()

    // Killed at step 8, two after a checkpoint: lines and records after it, and each log ends in the middle of one.
    const crash = new Error('killed')
    const killed = await start(broken, more)
    const onStep = ({ step }: { step: number }) => {
      if (step === 8) throw crash
    }
    await expect(killed.train({ onStep })).rejects.toBe(crash)
    await killed.close()
    const { progress, logs } = readCheckpoint(join(broken, 'checkpoint.safetensors')).record
    expect(progress.step).toBe(7)
    expect(file(broken, 'events.out.tfevents.ghostgrad').length).toBeGreaterThan(logs['events.out.tfevents.ghostgrad']!)
    appendFileSync(join(broken, 'steps.jsonl'), '{"event":"step","step":9,"lo')
    appendFileSync(join(broken, 'metrics.csv'), '2,14,1.2')
    appendFileSync(join(broken, 'events.out.tfevents.ghostgrad'), Buffer.of(9, 0, 0))

    const second = await resume(broken)
    const stop = new AbortController()
    await second.train({ onStep: ({ step }) => void (step === 11 && stop.abort()) }, stop.signal)
    await second.close()
    const third = await resume(broken)
    await third.train()
    await third.close()
    expect(contents(broken)).toEqual(contents(whole))
    expect(lines(broken, 'sessions.jsonl').map(({ step }) => step)).toEqual([0, 7, 11])

    const plain = await start(without, { ...more, tensorboard: false })
    await plain.train()
    await plain.close()
    const weights = (folder: string) => file(folder, 'model.safetensors')
    expect(weights(without).equals(weights(whole))).toBe(true)
    expect(weights(broken).equals(weights(whole))).toBe(true)
  })
})
