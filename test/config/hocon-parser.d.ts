/** The package brings no types; other-parser.ts says what it uses of it. */
declare module '@pushcorn/hocon-parser' {
  const library: unknown;
  export = library;
}
