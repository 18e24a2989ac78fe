/** Whether a network's name is the path of a module that makes it. */
export const isModelFile = (name: string): boolean => /\.[cm]?[jt]s$/.test(name)
