/** Whether a check's operation computes on the host, from numbers that it reads, as losses of object detection and of labels do. */
export const needsNumbers = ({ name }: { name: string }): boolean =>
  /^(roiAlign|smoothL1Loss|binaryCrossEntropyWithLogits|sigmoidFocalLoss|nllLoss|klDiv|SmoothL1Loss|BCEWithLogitsLoss|NLLLoss|KLDivLoss)\b/.test(
    name,
  )
