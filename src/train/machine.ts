import { readFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { packageRoot } from '../packageRoot.js'

/** Of this package. */
export const version: string = JSON.parse(readFileSync(new URL('package.json', packageRoot), 'utf8')).version

/** For records: `Node v22.1.0, linux x64, 2 × AMD EPYC 9B14`. */
export function describeMachine(): string {
  const cpu = cpus()[0]?.model.trim() ?? 'unknown processor'
  return `Node ${process.version}, ${process.platform} ${process.arch}, ${availableParallelism()} × ${cpu}`
}
