import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '../src/packageRoot.js'

export const python = '/usr/bin/python3'
export const inPackage = (path: string): string => fileURLToPath(new URL(path, packageRoot))

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]!
}

/** Run a program that prints one JSON line. */
export function json<T>(program: string, args: readonly string[]): T {
  return JSON.parse(execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })) as T
}

/** Whether PyTorch can be measured beside us (Debian: python3-torch). */
export function hasTorch(): boolean {
  try {
    execFileSync(python, ['-c', 'import torch'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export interface Setting {
  model: string
  batchSize: number
  threads: number
  seconds: number
  /** Of ghostnet, ours only. */
  width?: number
}

const flags = ({ model, batchSize, threads, seconds }: Setting): string[] =>
  ['--model', model, '--batch-size', batchSize, '--threads', threads, '--seconds', seconds].map(String)

/** Training images/s of one process of ours, and the most memory that its kernels had in use. */
export function measureOurs(setting: Setting): { imagesPerSecond: number; peakMegabytes: number } {
  const width = setting.width === undefined ? [] : ['--width', String(setting.width)]
  return json(process.execPath, [inPackage('dist/cli/main.js'), 'bench', '--json', ...flags(setting), ...width])
}

export function measureTorch(setting: Setting): { imagesPerSecond: number } {
  return json(python, [inPackage('bench/peers/pytorch.py'), ...flags(setting)])
}
