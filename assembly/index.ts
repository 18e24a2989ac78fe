/** All kernels; whatever is exported here can be run by name. */
export * from './fill'
