import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readDetectConfig } from '../../src/detect/train/detectConfig.js'
import { resumeDetection, startDetection } from '../../src/detect/train/detectionRun.js'
import { loadDetector } from '../../src/detect/train/detectorFile.js'
import { objectLayer } from '../../src/train/readConfig.js'

const folder = mkdtempSync(join(tmpdir(), 'detection-run-'))
afterAll(() => rmSync(folder, { recursive: true }))

const small = {
  ...{ backbone: 'ghostnet', width: 0.25, fpnChannels: 16, hidden: 32, regionSamples: 32, imageSize: 64 },
  ...{ batchSize: 4, epochs: 1, evalEvery: 1, warmupSteps: 2, logEvery: 1, threads: 2 },
}

test.each(['retinanet', 'faster-rcnn'])(
  '%s: a run that was stopped goes on to the same bits',
  async (detector) => {
    const config = (out: string, maxSteps: number) =>
      readDetectConfig(objectLayer({ ...small, detector, out: join(folder, `${detector}-${out}`), maxSteps }, 'test'))
    const whole = await startDetection(config('whole', 6))
    expect(await whole.train()).toBe('max-steps')
    const part = await startDetection(config('part', 3))
    await part.train()
    const rest = await resumeDetection(part.folder, objectLayer({ maxSteps: 6 }, 'test'))
    await rest.train()
    for (const name of ['model.safetensors']) {
      expect(Buffer.compare(readFileSync(join(whole.folder, name)), readFileSync(join(part.folder, name)))).toBe(0)
    }
    const losses = (run: string) =>
      readFileSync(join(run, 'steps.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { loss: number }).loss)
    expect(losses(part.folder)).toEqual(losses(whole.folder))
    expect(losses(whole.folder).length).toBe(6)
    const { model, facts } = loadDetector(part.folder)
    expect(facts.detector).toBe(detector)
    expect(model.numParameters).toBe(whole.trainer.options.model.numParameters)
  },
  120_000,
)

test('a setting that decides what is computed cannot change', async () => {
  const layer = objectLayer({ lr: 0.1 }, 'test')
  await expect(resumeDetection(join(folder, 'retinanet-part'), layer)).rejects.toThrow(/a run that is resumed keeps it/)
})
