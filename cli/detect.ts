import type { Command } from 'commander'
import { addDetectData } from './detectData.js'
import { addDetectEval } from './detectEval.js'
import { addDetectExport } from './detectExport.js'
import { addDetectPredict } from './detectPredict.js'
import { addDetectSummary } from './detectSummary.js'
import { addDetectTrain } from './detectTrain.js'

export function addDetect(program: Command): void {
  const command = program
    .command('detect')
    .description('object detection: RetinaNet and Faster R-CNN on GhostNet and other backbones')
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad detect train --epochs 10
  $ ghostgrad detect train --data bccd --from BCCD_Dataset --backbone-weights runs/ghostnet --fpn-channels 96
  $ ghostgrad detect eval --weights runs/my-run
  $ ghostgrad detect predict photo.jpg --weights runs/my-run --out boxes.png
  $ ghostgrad detect summary --backbone ghostnet --width 1.1`,
    )
  const subcommands = [
    addDetectTrain,
    addDetectEval,
    addDetectPredict,
    addDetectSummary,
    addDetectData,
    addDetectExport,
  ]
  for (const add of subcommands) add(command)
}
