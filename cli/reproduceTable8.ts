import type { Command } from 'commander'
import { backboneMacs, detectionResult, table8 } from '../src/experiments/table8.js'
import { printTable } from './table.js'

/** Table 8 of the paper: object detection. */
export function addTable8(reproduce: Command): void {
  reproduce
    .command('table8 [runs...]')
    .description(
      "object detection: the paper's rows, multiply-adds of the backbones, and what runs of `detect train` reached",
    )
    .option('--json', 'one JSON array of rows')
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad reproduce table8
  $ ghostgrad reproduce table8 runs/retinanet-ghostnet runs/faster-rcnn-ghostnet`,
    )
    .action((runs: string[], { json }: { json?: boolean }) => {
      const results = runs.map(detectionResult)
      const rows = table8.map((row) => ({
        ...row,
        macs: backboneMacs(row),
        runs: results.filter(({ detector, backbone, width }) => {
          return detector === row.detector && backbone === row.backbone && width === row.width
        }),
      }))
      if (json) return console.log(JSON.stringify(rows))
      printTable(
        ['detector', 'backbone', 'FLOPs, paper', 'computed', 'mAP on COCO, paper', 'ours: AP / AP50'],
        rows.map(({ detector, label, flops, macs, map, runs }) => [
          detector,
          label,
          `${flops} M`,
          `${(macs / 1e6).toFixed(1)} M`,
          `${map} %`,
          runs.map(({ ap, ap50, data }) => `${percent(ap)} / ${percent(ap50)} (${data})`).join(', ') || '–',
        ]),
      )
    })
}

const percent = (share: number): string => (100 * share).toFixed(1)
