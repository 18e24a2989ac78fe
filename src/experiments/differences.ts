import type { Network } from './rows.js'

/**
 * Why a row's weights or multiply-adds are not what the paper prints. `also`: a form of the network that is counted beside it.
 */
export interface Difference {
  rows: readonly string[]
  why: string
  also?: { label: string; options: NonNullable<Network['options']> }
}

const ghostFirst = { label: 'with the first convolution replaced too', options: { ghostFirst: true } }

export const differences: readonly Difference[] = [
  {
    rows: [
      'ghost-vgg16-s2',
      'ghost-vgg16-d1',
      'ghost-vgg16-d5',
      'ghost-vgg16-d7',
      'ghost-vgg16-s3',
      'ghost-vgg16-s4',
      'ghost-vgg16-s5',
    ],
    why:
      'the authors answered that the first convolution is kept, and so it is here; but their multiply-adds are those of networks in ' +
      'which it is replaced too, cut to whole millions',
    also: ghostFirst,
  },
  {
    rows: ['ghost-resnet56'],
    why: 'no way of counting is known that gives 63 M; weights are 0.43 M when cut, not rounded',
    also: ghostFirst,
  },
  {
    rows: ['ghost-resnet50-s2', 'ghost-resnet50-s4'],
    why:
      'others count the same weights (https://github.com/huawei-noah/Efficient-AI-Backbones/issues/146), in the code that the ' +
      'authors put out later too; where the smaller numbers come from is not known',
  },
  {
    rows: ['mobilenetv3-small-0.75'],
    why:
      'the paper quotes the page of the checkpoints (https://github.com/tensorflow/models/blob/master/research/slim/nets/mobilenet), ' +
      'whose numbers for the small networks are higher than those of the network that Table 2 of the MobileNetV3 paper defines',
  },
  {
    rows: ['mobilenetv3-large-1.0'],
    why: 'the page of the checkpoints has 217 M, as counted here; weights are 5.4 M when cut, not rounded',
  },
  {
    rows: ['mobilenetv2-0.6'],
    why: "the number is from the ShuffleNetV2 paper's own implementation; no usual rounding of channels gives it",
  },
  {
    rows: ['shufflenetv2-0.5', 'shufflenetv2-1.0', 'shufflenetv2-1.5'],
    why:
      "torchvision's layout; in the authors' own code the first unit of stage 2 keeps its 24 channels in one branch and makes the " +
      'other one wider by as many',
  },
  {
    rows: ['ghostnet-1.3'],
    why: "counted as the authors' released code is built; weights are 7.3 M when cut, not rounded",
  },
]
