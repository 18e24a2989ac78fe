import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getBackend } from '../tensor/backend.js'
import { withSpanListener } from '../tensor/spans.js'
import type { RunConfig } from './config.js'
import { Profiler, type Span } from './profiler.js'
import { type StartOptions, startRun } from './startRun.js'
import { bytesOf, describeKind, describeOp, flopsOf } from './work.js'

export interface ProfileRow {
  name: string
  pass: 'forward' | 'backward' | ''
  /** Of a step: how often, and how many milliseconds. */
  calls: number
  ms: number
  /** Share of the whole time, 0 … 1. */
  share: number
  /** Floating-point operations of its products and bytes of its arrays, 10⁹ a second; 0 where there are none to speak of. */
  gflops: number
  gbytes: number
}

export interface Profile {
  model: string
  batchSize: number
  steps: number
  backend: string
  imagesPerSecond: number
  /** Milliseconds a step, and the parts of it: within kernels, within steps but no kernel, and between steps. */
  stepMs: number
  kernelMs: number
  hostMs: number
  betweenMs: number
  rows: ProfileRow[]
  spans: Span[]
}

/** What rows stand for: kinds of operations, operations of one shape each, or kernels. */
export type ProfileBy = 'op' | 'shape' | 'kernel'

/** Steps before measuring. */
const warmUpSteps = 8

/**
 * Where the time of training goes: a real run with its loader and logs, in a folder that is thrown away, watched for `steps` steps
 * after a few to warm up.
 */
export async function profileTraining(
  config: RunConfig,
  steps: number,
  by: ProfileBy = 'op',
  options: StartOptions = {},
): Promise<Profile> {
  const folder = mkdtempSync(join(tmpdir(), 'ghostgrad-profile-'))
  try {
    const run = await startRun({ ...config, maxSteps: warmUpSteps + steps, out: join(folder, 'run') }, options)
    const profiler = new Profiler(run.trainer.options.model)
    let start = 0
    let end = 0
    const onStep = ({ step }: { step: number }) => {
      end = performance.now()
      if (step !== warmUpSteps) return
      start = end
      profiler.spans = []
    }
    try {
      await withSpanListener(profiler, () => run.train({ onStep }))
    } finally {
      await run.close()
    }
    const spans = profiler.spans.filter((s) => s.start >= start && s.start < end)
    return summarizeSpans(spans, end - start, steps, by, config)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function summarizeSpans(
  spans: Span[],
  totalMs: number,
  steps: number,
  by: ProfileBy,
  { model, batchSize }: RunConfig,
): Profile {
  const sum = (chosen: Span[]): number => chosen.reduce((ms, span) => ms + span.duration, 0)
  // Evaluation at the end of an epoch runs kernels too, but outside of steps.
  const inSteps = spans.filter(isInStep)
  const kernelMs = sum(inSteps.filter(({ kind }) => kind === 'kernel')) / steps
  const inStepsMs = sum(spans.filter(isStep)) / steps
  const stepMs = totalMs / steps
  return {
    model,
    batchSize,
    steps,
    backend: getBackend().description,
    imagesPerSecond: (1000 * batchSize) / stepMs,
    stepMs,
    kernelMs,
    hostMs: inStepsMs - kernelMs,
    betweenMs: stepMs - inStepsMs,
    rows: rowsOf(inSteps, totalMs, steps, by),
    spans,
  }
}

const isStep = ({ kind, name }: Span): boolean => kind === 'phase' && name === 'step'

function isInStep(span: Span): boolean {
  for (let at = span.parent; at !== null; at = at.parent) if (isStep(at)) return true
  return false
}

function rowsOf(spans: Span[], totalMs: number, steps: number, by: ProfileBy): ProfileRow[] {
  const rows = new Map<string, { row: ProfileRow; flops: number; bytes: number }>()
  for (const span of spans) {
    const label = labelOf(span, by)
    if (!label) continue
    const key = `${label.name} ${label.pass}`
    const entry = rows.get(key) ?? {
      row: { ...label, calls: 0, ms: 0, share: 0, gflops: 0, gbytes: 0 },
      flops: 0,
      bytes: 0,
    }
    rows.set(key, entry)
    entry.row.calls += 1 / steps
    entry.row.ms += span.duration / steps
    if (span.work) entry.flops += flopsOf(span.name, span.work) / steps
    if (span.work) entry.bytes += bytesOf(span.work) / steps
  }
  const list = Array.from(rows.values(), ({ row, flops, bytes }) => ({
    ...row,
    share: (row.ms * steps) / totalMs,
    gflops: flops / row.ms / 1e6,
    gbytes: bytes / row.ms / 1e6,
  }))
  return list.sort((a, b) => b.ms - a.ms)
}

/** The row that a span counts in, if any. */
function labelOf(span: Span, by: ProfileBy): Pick<ProfileRow, 'name' | 'pass'> | null {
  const { kind, name, work } = span
  if (by === 'kernel') return kind === 'kernel' ? { name, pass: '' } : null
  if (kind === 'op' && work)
    return { name: by === 'op' ? describeKind(name, work) : describeOp(name, work), pass: work.pass }
  return kind === 'phase' && name === 'update' ? { name: 'update of the weights', pass: '' } : null
}

/** The profile as a trace for chrome://tracing, ui.perfetto.dev or speedscope: times in microseconds. */
export function chromeTrace({ spans, model, backend }: Profile): string {
  const origin = spans[0]?.start ?? 0
  const traceEvents = spans.map(({ kind, name, start, duration, work, path }) => ({
    ph: 'X',
    pid: 1,
    tid: 1,
    cat: kind,
    name: work ? `${describeOp(name, work)} ${work.pass}` : path ? `${path} (${name})` : name,
    ts: (start - origin) * 1000,
    dur: duration * 1000,
    ...(work ? { args: { inputs: work.inputs, out: work.out } } : {}),
  }))
  return JSON.stringify({ traceEvents, displayTimeUnit: 'ms', otherData: { model, backend } })
}
