import { Command } from 'commander'
import { version } from '../src/train/machine.js'
import { addBench } from './bench.js'
import { addCompletion } from './completion.js'
import { addData } from './data.js'
import { addDetect } from './detect.js'
import { reportError } from './errors.js'
import { addEval } from './eval.js'
import { addExplain } from './explain.js'
import { addExport } from './export.js'
import { addFigure } from './figure.js'
import { addGradcheck } from './gradcheck.js'
import { addImport } from './import.js'
import { addLrFind } from './lrFind.js'
import { addModels } from './models.js'
import { addPredict } from './predict.js'
import { addProfile } from './profile.js'
import { addPrune } from './prune.js'
import { addReport } from './report.js'
import { addReproduce } from './reproduce.js'
import { addRuns } from './runs.js'
import { addServe } from './serve.js'
import { addStatus } from './status.js'
import { addSummary } from './summary.js'
import { addTrain } from './train.js'
import { addWorker } from './worker.js'

const commands = [
  ...[addTrain, addLrFind, addEval, addPredict, addExport, addImport, addPrune],
  ...[addFigure, addSummary, addData, addModels, addGradcheck, addExplain, addBench, addProfile],
  ...[addDetect, addReproduce, addStatus, addWorker, addReport, addRuns, addServe],
]

/** The whole command line: each command does its work when its words are parsed. */
function createProgram(): Command {
  const program = new Command('ghostgrad')
    .description(
      'Train convolutional networks on a CPU: GhostNet, Ghost-ResNet, Ghost-VGG and the plain ones, on CIFAR-10.',
    )
    .version(version)
    .helpCommand(false)
    .enablePositionalOptions() // a command takes the flags behind its name, also where the command that it is part of has them too
    .exitOverride()
    .configureOutput({ outputError: () => {} }) // `reportError` prints it
    .configureHelp({ helpWidth: Math.min(process.stdout.columns ?? 100, 120) })
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad train --model ghost-resnet20 --epochs 5 --schedule onecycle
  $ ghostgrad eval --weights runs/my-run
  $ ghostgrad predict cat.jpg --weights runs/my-run
  $ ghostgrad export --weights runs/my-run --out model.onnx
  $ ghostgrad summary ghostnet

Every command has --help.`,
    )
  for (const add of commands) add(program)
  addCompletion(program)
  return program
}

/**
 * Do what a command line asks for, in this process.
 * @param args the words behind `ghostgrad`
 * @returns the exit code
 */
export async function runProgram(args: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(args, { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    return reportError(error)
  }
}
