/** How to start the Node that runs here again, with what it was told of its compilers: without that it may stand still at its end. */
export function ownNode(): readonly string[] {
  return [process.execPath, ...process.execArgv.filter(word => /^--no-(maglev|concurrent-sparkplug)$/.test(word))];
}
