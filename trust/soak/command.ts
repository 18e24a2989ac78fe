import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { print, report } from '../print.js'
import { manyModels } from './models.js'
import { soak } from './soak.js'

export function addSoak(program: Command): void {
  program
    .command('soak')
    .description(
      'long training, watched from outside: memory, throughput, handles; and a thousand networks in one process',
    )
    .option('--minutes <n>', 'how long', '2')
    .option('--models <n>', 'networks built and dropped', '100')
    .option('--data <name>', 'data set', 'cifar10')
    .option('--threads <n>', 'of the training', '1')
    .option('--job <id>', 'a job of `ghostgrad reproduce` to train meanwhile, and to keep (default: ghost-resnet20)')
    .action(async ({ minutes, models, data, threads, job }: Record<string, string>) => {
      const built = await manyModels(Number(models))
      const folder = job ? join('runs/reproduce', job) : mkdtempSync(join(tmpdir(), 'ghostgrad-soak-'))
      const training = job
        ? ['reproduce', '--job', job]
        : ['train', '--model', 'ghost-resnet20', '--epochs', '10000', '--out', folder]
      const { samples, memoryGrowth, throughputChange, slowerThanFresh, handlesGrown, threadsGrown } = await soak(
        [...training, '--data', data!, '--threads', threads!, '--log-every', '1'],
        folder,
        Number(minutes),
      )
      if (!job) rmSync(folder, { recursive: true, force: true })
      const last = samples.at(-1)!
      const percent = (fraction: number) => `${(100 * fraction).toFixed(2)} %`
      print(
        ['what', 'figure'],
        [
          ['steps', `${last.steps} in ${last.minutes.toFixed(0)} minutes`],
          ['resident memory', `${last.residentMegabytes.toFixed(0)} MB, grown by ${percent(memoryGrowth)}`],
          ['time of a step', `${percent(slowerThanFresh)} more than in a process that has just begun`],
          [
            'steps a second of processor time',
            `changed by ${percent(throughputChange)}, with the machine's own changes`,
          ],
          [
            'open files, threads',
            `${last.handles}, ${last.threads}; grown by ${handlesGrown.toFixed(1)}, ${threadsGrown.toFixed(1)}`,
          ],
          [
            `tensors hold, after ${built.models} networks`,
            `${built.last.kernelMegabytes.toFixed(1)} MB; ${built.first.kernelMegabytes.toFixed(1)} MB after the first tenth`,
          ],
          [
            'objects hold',
            `${built.last.heapMegabytes.toFixed(1)} MB; ${built.first.heapMegabytes.toFixed(1)} MB; resident meanwhile at most ${built.peakMegabytes.toFixed(0)} MB`,
          ],
        ],
      )
      report([
        ...(memoryGrowth < 0.01 ? [] : [`memory grew by ${percent(memoryGrowth)}`]),
        ...(Math.abs(slowerThanFresh) < 0.05 ? [] : [`slower than a fresh process by ${percent(slowerThanFresh)}`]),
        ...(handlesGrown < 1 && threadsGrown < 1 ? [] : ['handles or threads are leaking']),
        ...(built.last.kernelMegabytes < built.first.kernelMegabytes + 1 &&
        built.last.heapMegabytes < 1.1 * built.first.heapMegabytes + 5
          ? []
          : ['dropped networks are not given back']),
      ])
    })
}
