/** Whether a check's operation computes on the host, from numbers that it reads: those of object detection do. */
export const needsNumbers = ({ name }: { name: string }): boolean =>
  /^(roiAlign|smoothL1Loss|binaryCrossEntropyWithLogits|sigmoidFocalLoss)\b/.test(name)
