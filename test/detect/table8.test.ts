import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { backboneNames, levelShapes } from '../../src/detect/models/backbones.js'
import { summarizeDetector } from '../../src/detect/summarizeDetector.js'
import { readDetectConfig } from '../../src/detect/train/detectConfig.js'
import { backboneMacs, table8 } from '../../src/experiments/table8.js'
import { yamlLayer } from '../../src/train/readConfig.js'

test('multiply-adds of the backbones are those that the paper prints, within 3 %', () => {
  for (const row of table8) expect(Math.abs(backboneMacs(row) / 1e6 / row.flops - 1), row.label).toBeLessThan(0.03)
})

test('levels of GhostNet: channels by width, strides of 4 to 32', () => {
  const channels = (width: number) => levelShapes('ghostnet', { width }).map((level) => level.channels)
  expect(channels(1)).toEqual([24, 40, 112, 160])
  expect(channels(1.1)).toEqual([28, 44, 124, 176])
  expect(channels(0.5)).toEqual([12, 20, 56, 80])
  expect(channels(1.3)).toEqual([32, 52, 144, 208])
})

test('every backbone doubles its stride from level to level', () => {
  for (const name of backboneNames) {
    const strides = levelShapes(name).map(({ stride }) => stride)
    expect(strides.slice(1), name).toEqual(strides.slice(0, -1).map((stride) => 2 * stride))
  }
})

test('the head of RetinaNet costs what its formula says', () => {
  const options = {
    detector: 'retinanet',
    backbone: 'ghostnet',
    backboneOptions: {},
    numClasses: 80,
    fpnChannels: 256,
    regionSamples: 512,
    hidden: 1024,
  } as const
  const parts = summarizeDetector(options, [256, 320])
  const places = 32 * 40 + 16 * 20 + 8 * 10 + 4 * 5 + 2 * 3
  const tower = 4 * 9 * 256 * 256
  const macs = (name: string) => parts.find((part) => part.name === name)!.macs
  expect(macs('head.classification_head')).toBe(places * (tower + 9 * 256 * 9 * 80))
  expect(macs('head.regression_head')).toBe(places * (tower + 9 * 256 * 9 * 4))
})

test('the recipe for BCCD is valid', () => {
  const path = fileURLToPath(new URL('../../configs/detect/bccd.yaml', import.meta.url))
  expect(readDetectConfig(yamlLayer(path)).width).toBe(1.1)
})
