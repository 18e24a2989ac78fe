/**
 * What the GhostNet paper (Han et al., CVPR 2020, https://arxiv.org/abs/1911.11907) prints in Tables 3 to 7, as it prints it: the
 * digits say how far each number was rounded. Every line names the row of `rows.ts` that it is about.
 */

/** Null where the paper has a dash. */
export type Printed = string | null

/** A line of one of the paper's tables, as printed. */
export interface PaperLine {
  /** As the table calls it. */
  label: string
  /** Id of a row. */
  row: string
  weights: Printed
  flops: Printed
  top1: Printed
  top5: Printed
}

/** One of the paper's tables, as printed. */
export interface PaperTable {
  id: string
  title: string
  /** What accuracies are measured on. */
  data: 'CIFAR-10' | 'ImageNet'
  /** Weights are in millions, multiply-adds ("FLOPs") in millions or in billions. */
  flopsUnit: 'M' | 'B'
  lines: readonly PaperLine[]
}

type Tuple = [label: string, row: string, weights: Printed, flops: Printed, top1: Printed, top5?: Printed]

const lines = (...tuples: Tuple[]): PaperLine[] =>
  tuples.map(([label, row, weights, flops, top1, top5 = null]) => ({ label, row, weights, flops, top1, top5 }))

/** The paper's tables, in its order. */
export const paperTables: readonly PaperTable[] = [
  {
    id: 'table3',
    title: 'Ghost-VGG-16, s = 2, by the size d of the cheap operation',
    data: 'CIFAR-10',
    flopsUnit: 'M',
    lines: lines(
      ['VGG-16', 'vgg16', '15.0', '313', '93.6'],
      ['d = 1', 'ghost-vgg16-d1', '7.6', '157', '93.5'],
      ['d = 3', 'ghost-vgg16-s2', '7.7', '158', '93.7'],
      ['d = 5', 'ghost-vgg16-d5', '7.7', '160', '93.4'],
      ['d = 7', 'ghost-vgg16-d7', '7.7', '163', '93.1'],
    ),
  },
  {
    id: 'table4',
    title: 'Ghost-VGG-16, d = 3, by the ratio s',
    data: 'CIFAR-10',
    flopsUnit: 'M',
    lines: lines(
      ['VGG-16', 'vgg16', '15.0', '313', '93.6'],
      ['s = 2', 'ghost-vgg16-s2', '7.7', '158', '93.7'],
      ['s = 3', 'ghost-vgg16-s3', '5.2', '107', '93.4'],
      ['s = 4', 'ghost-vgg16-s4', '4.0', '80', '93.0'],
      ['s = 5', 'ghost-vgg16-s5', '3.3', '65', '92.9'],
    ),
  },
  {
    id: 'table5',
    title: 'compressed VGG-16 and ResNet-56',
    data: 'CIFAR-10',
    flopsUnit: 'M',
    lines: lines(
      ['VGG-16', 'vgg16', '15', '313', '93.6'],
      ['l1-VGG-16', 'l1-vgg16', '5.4', '206', '93.4'],
      ['SBP-VGG-16', 'sbp-vgg16', null, '136', '92.5'],
      ['Ghost-VGG-16 (s = 2)', 'ghost-vgg16-s2', '7.7', '158', '93.7'],
      ['ResNet-56', 'resnet56', '0.85', '125', '93.0'],
      ['CP-ResNet-56', 'cp-resnet56', null, '63', '92.0'],
      ['l1-ResNet-56', 'l1-resnet56', '0.73', '91', '92.5'],
      ['AMC-ResNet-56', 'amc-resnet56', null, '63', '91.9'],
      ['Ghost-ResNet-56 (s = 2)', 'ghost-resnet56', '0.43', '63', '92.7'],
    ),
  },
  {
    id: 'table6',
    title: 'compressed ResNet-50',
    data: 'ImageNet',
    flopsUnit: 'B',
    lines: lines(
      ['ResNet-50', 'resnet50', '25.6', '4.1', '75.3', '92.2'],
      ['Thinet-ResNet-50', 'thinet-resnet50', '16.9', '2.6', '72.1', '90.3'],
      ['NISP-ResNet-50-B', 'nisp-resnet50-b', '14.4', '2.3', null, '90.8'],
      ['Versatile-ResNet-50', 'versatile-resnet50', '11.0', '3.0', '74.5', '91.8'],
      ['SSS-ResNet-50', 'sss-resnet50', null, '2.8', '74.2', '91.9'],
      ['Ghost-ResNet-50 (s = 2)', 'ghost-resnet50-s2', '13.0', '2.2', '75.0', '92.3'],
      ['Shift-ResNet-50', 'shift-resnet50', '6.0', null, '70.6', '90.1'],
      ['Taylor-FO-BN-ResNet-50', 'taylor-fo-bn-resnet50', '7.9', '1.3', '71.7'],
      ['Slimmable-ResNet-50 0.5×', 'slimmable-resnet50-0.5', '6.9', '1.1', '72.1'],
      ['MetaPruning-ResNet-50', 'metapruning-resnet50', null, '1.0', '73.4'],
      ['Ghost-ResNet-50 (s = 4)', 'ghost-resnet50-s4', '6.5', '1.2', '74.1', '91.9'],
    ),
  },
  {
    id: 'table7',
    title: 'small networks',
    data: 'ImageNet',
    flopsUnit: 'M',
    lines: lines(
      ['ShuffleNetV1 0.5× (g = 8)', 'shufflenetv1-0.5-g8', '1.0', '40', '58.8', '81.0'],
      ['MobileNetV2 0.35×', 'mobilenetv2-0.35', '1.7', '59', '60.3', '82.9'],
      ['ShuffleNetV2 0.5×', 'shufflenetv2-0.5', '1.4', '41', '61.1', '82.6'],
      ['MobileNetV3-S 0.75×', 'mobilenetv3-small-0.75', '2.4', '44', '65.4'],
      ['GhostNet 0.5×', 'ghostnet-0.5', '2.6', '42', '66.2', '86.6'],
      ['MobileNetV1 0.5×', 'mobilenetv1-0.5', '1.3', '150', '63.3', '84.9'],
      ['MobileNetV2 0.6×', 'mobilenetv2-0.6', '2.2', '141', '66.7'],
      ['ShuffleNetV1 1.0× (g = 3)', 'shufflenetv1-1.0-g3', '1.9', '138', '67.8', '87.7'],
      ['ShuffleNetV2 1.0×', 'shufflenetv2-1.0', '2.3', '146', '69.4', '88.9'],
      ['MobileNetV3-L 0.75×', 'mobilenetv3-large-0.75', '4.0', '155', '73.3'],
      ['GhostNet 1.0×', 'ghostnet-1.0', '5.2', '141', '73.9', '91.4'],
      ['MobileNetV2 1.0×', 'mobilenetv2-1.0', '3.5', '300', '71.8', '91.0'],
      ['ShuffleNetV2 1.5×', 'shufflenetv2-1.5', '3.5', '299', '72.6', '90.6'],
      ['FE-Net 1.0×', 'fe-net-1.0', '3.7', '301', '72.9'],
      ['FBNet-B', 'fbnet-b', '4.5', '295', '74.1'],
      ['ProxylessNAS', 'proxylessnas', '4.1', '320', '74.6', '92.2'],
      ['MnasNet-A1', 'mnasnet-a1', '3.9', '312', '75.2', '92.5'],
      ['MobileNetV3-L 1.0×', 'mobilenetv3-large-1.0', '5.4', '219', '75.2'],
      ['GhostNet 1.3×', 'ghostnet-1.3', '7.3', '226', '75.7', '92.7'],
    ),
  },
  {
    id: 'ghostnet',
    title: 'GhostNet on CIFAR-10, which the paper did not train',
    data: 'CIFAR-10',
    flopsUnit: 'M',
    lines: lines(
      ['GhostNet 0.5×', 'ghostnet-0.5-cifar', null, null, null],
      ['GhostNet 1.0×', 'ghostnet-1.0-cifar', null, null, null],
    ),
  },
]
