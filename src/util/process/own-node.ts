/** The words that start the running Node again with the same compiler options: without them Node may hang at its end. */
export function ownNode(): readonly string[] {
  return [process.execPath, ...process.execArgv.filter(word => /^--no-(maglev|concurrent-sparkplug)$/.test(word))];
}
