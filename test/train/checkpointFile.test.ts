import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadSafetensors, saveWeights } from '../../src/io/safetensors.js'
import { DataError } from '../../src/tensor/errors.js'
import type { StateDict } from '../../src/tensor/stateDict.js'
import { type Checkpoint, previousCheckpoint, readCheckpoint, writeCheckpoint } from '../../src/train/checkpointFile.js'
import { newProgress } from '../../src/train/progress.js'
import { temporaryFolders } from './support.js'

const newFolder = temporaryFolders()

const values = (...data: number[]): StateDict[string] => ({
  dtype: 'F32',
  shape: [data.length],
  data: Float32Array.from(data),
})

const checkpoint: Checkpoint = {
  model: { 'fc.weight': values(1, 2) },
  optimizer: { 'fc.weight.momentum_buffer': values(3, -0) },
  lookahead: null,
  ema: { 'fc.weight': values(4, 1e-40), num_updates: { dtype: 'I64', shape: [], data: Float32Array.of(7) } },
  record: {
    config: { model: 'resnet20', lr: 0.1 },
    progress: { ...newProgress(), step: 3, running: { loss: 1.2345678901234567, correct: 1, images: 2, seconds: 0.1 } },
    generator: [1, -2, 3, 4, 0.1 + 0.2],
    logs: { 'metrics.csv': 12 },
    backend: 'js',
    version: '1.0.0',
  },
}

describe('a checkpoint file', () => {
  it('gives back every bit', () => {
    const path = join(newFolder(), 'checkpoint.safetensors')
    writeCheckpoint(path, checkpoint, { model: 'resnet20' })
    expect(readCheckpoint(path)).toEqual(checkpoint)
    writeCheckpoint(path, { ...checkpoint, ema: null }, {})
    expect(readCheckpoint(path).ema).toBe(null)
  })

  it('is left whole by a save that fails', () => {
    const folder = newFolder()
    const path = join(folder, 'checkpoint.safetensors')
    writeCheckpoint(path, checkpoint, {})
    const before = readFileSync(path)
    const broken = { 'fc.weight': { ...values(1, 2), shape: [3] } }
    expect(() => writeCheckpoint(path, { ...checkpoint, model: broken }, {})).toThrow()
    expect(readFileSync(path)).toEqual(before)
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('keeps the one before it', () => {
    const path = join(newFolder(), 'checkpoint.safetensors')
    for (const step of [1, 2, 3]) {
      writeCheckpoint(
        path,
        { ...checkpoint, record: { ...checkpoint.record, progress: { ...newProgress(), step } } },
        {},
      )
    }
    const stepOf = (file: string) => readCheckpoint(file).record.progress.step
    expect([stepOf(path), stepOf(previousCheckpoint(path))]).toEqual([3, 2])
    expect(previousCheckpoint('a.b/checkpoint.safetensors')).toBe('a.b/checkpoint.previous.safetensors')
  })

  it('is refused whichever bit of it changes', () => {
    const path = join(newFolder(), 'checkpoint.safetensors')
    writeCheckpoint(path, checkpoint, { model: 'resnet20' })
    const bytes = readFileSync(path)
    for (let bit = 0; bit < 8 * bytes.length; bit += 41) {
      const damaged = Uint8Array.from(bytes)
      damaged[bit >> 3]! ^= 1 << (bit & 7)
      writeFileSync(path, damaged)
      expect(() => readCheckpoint(path), `bit ${bit}`).toThrow(DataError)
    }
  })

  it('is refused in one line if it is cut short, of another kind or lacks its record', () => {
    const path = join(newFolder(), 'checkpoint.safetensors')
    writeCheckpoint(path, checkpoint, {})
    const { tensors, metadata } = loadSafetensors(path)
    writeFileSync(path, readFileSync(path).subarray(0, -4))
    expect(() => readCheckpoint(path)).toThrow(DataError)
    saveWeights(path, tensors, { ...metadata, record: '{"progress": 1}' })
    expect(() => readCheckpoint(path)).toThrow(`${path}: damaged: its content is not what was saved`)
    const otherVersion = { ...checkpoint.record, progress: {} } as Checkpoint['record']
    writeCheckpoint(path, { ...checkpoint, record: otherVersion }, {})
    expect(() => readCheckpoint(path)).toThrow(
      `${path}: the record in this checkpoint is damaged, or of another version of ghostgrad`,
    )
    saveWeights(path, tensors)
    expect(() => readCheckpoint(path)).toThrow(
      `${path}: expected a checkpoint (checkpoint.safetensors of a run), got other tensors`,
    )
  })
})
