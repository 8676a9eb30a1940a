/** The package has no types; other-parser.ts declares what it uses. */
declare module '@pushcorn/hocon-parser' {
  const library: unknown;
  export = library;
}
