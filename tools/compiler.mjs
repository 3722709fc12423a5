/**
 * The native compiler, from the root: a quarter of the time of the one in node_modules/typescript. In one thread, as more
 * work out much of each other's once again.
 */
export const tsc = ['node_modules/@typescript/native/bin/tsc', '--singleThreaded']
