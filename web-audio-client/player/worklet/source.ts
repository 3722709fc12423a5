/**
 * The worklet as text, so that no bundler has to place a file: put in by the build (vite.config.ts). Where this module
 * runs unbuilt there is none, and the worklet is loaded from beside it.
 */
export const workletSource: string | undefined = undefined
