import type { Network } from './rows.js'

/** Why a row's weights or multiply-adds are not what the paper prints. */
export interface Difference {
  rows: readonly string[]
  why: string
  /** A form of the network that is counted beside it: `why` ends by naming it. */
  also?: NonNullable<Network['options']>
}

export const differences: readonly Difference[] = [
  {
    rows: [
      ...['ghost-vgg16-s2', 'ghost-vgg16-d1', 'ghost-vgg16-d5', 'ghost-vgg16-d7'],
      ...['ghost-vgg16-s3', 'ghost-vgg16-s4', 'ghost-vgg16-s5'],
    ],
    why:
      "the first convolution is kept, as the authors answered; the paper's multiply-adds are those with it replaced too, cut to whole " +
      'millions',
    also: { ghostFirst: true },
  },
  {
    rows: ['ghost-resnet56'],
    why:
      'no way of counting is known that gives 63 M, and 0.43 M is 0.438 M cut, not rounded; with the first convolution replaced too, ' +
      'which the authors say they did not do',
    also: { ghostFirst: true },
  },
  {
    rows: ['l1-resnet56'],
    why: 'weights are 0.73 M when cut, not rounded; Li et al. print 13.7 % less than the whole network beside them, as counted here',
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
      'whose numbers for the small networks are higher than those of the one that Table 2 of the MobileNetV3 paper defines',
  },
  {
    rows: ['mobilenetv3-large-1.0'],
    why: 'the page of the checkpoints has 217 M, as counted here; weights are 5.4 M when cut, not rounded',
  },
  {
    rows: ['mobilenetv2-0.6'],
    why: 'where 141 M comes from is not known: no usual rounding of channels gives it',
  },
  {
    rows: ['shufflenetv2-1.0', 'shufflenetv2-1.5'],
    why:
      "torchvision's layout; in the authors' own code the first unit of stage 2 keeps its 24 channels in one branch and makes the " +
      'other one wider by as many',
  },
  {
    rows: ['shufflenetv2-0.5', 'shufflenetv1-1.0-g3'],
    why: 'below the half by less than the 50,000 sums of the average pooling at the end, which are not counted here',
  },
  {
    rows: ['shufflenetv1-0.5-g8', 'mobilenetv2-1.0'],
    why: 'cut, not rounded, by those who printed it first',
  },
  {
    rows: ['mobilenetv1-0.5'],
    why: 'from the page of the checkpoints (https://github.com/tensorflow/models/blob/master/research/slim/nets/mobilenet_v1.md)',
  },
  {
    rows: ['ghostnet-1.3'],
    why: "counted as the authors' released code is built; weights are 7.3 M when cut, not rounded",
  },
]
