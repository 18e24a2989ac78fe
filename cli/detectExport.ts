import type { Command } from 'commander'
import { loadDetector } from '../src/detect/train/detectorFile.js'
import { writeFileAtomic } from '../src/io/atomic.js'
import { exportOnnx } from '../src/io/onnx/export.js'
import { ConfigError } from '../src/tensor/errors.js'
import { version } from '../src/train/machine.js'

export function addDetectExport(detect: Command): void {
  detect
    .command('export')
    .description('the network up to its raw outputs, a row an anchor, as ONNX: logits, then box codes')
    .requiredOption('--weights <path>', "a run's folder, or a weights file of it")
    .requiredOption('--out <file>', 'an .onnx file')
    .requiredOption('--size <height,width>', 'of the input, pixels; multiples of 32')
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad detect export --weights runs/my-run --size 256,320 --out detector.onnx`,
    )
    .action(({ weights, out, size }: { weights: string; out: string; size: string }) => {
      const [height, width] = size.split(',').map(Number) as [number, number]
      if (![height, width].every((n) => Number.isInteger(n) && n > 0 && n % 32 === 0)) {
        throw new ConfigError(`--size: expected height,width in multiples of 32, got ${size}`)
      }
      const { model, facts } = loadDetector(weights)
      const metadata = { classes: JSON.stringify(facts.classes), detector: facts.detector }
      writeFileAtomic(
        out,
        exportOnnx(model, { inputShape: [3, height, width], name: facts.detector, version, metadata }),
      )
      console.log(out)
    })
}
