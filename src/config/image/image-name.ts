/** The names of an image's files. Does not import the configuration, so that a program can use it. */

/** The file name of an image without its extension. */
export function imageName(
  { name, cloud }: { readonly name: string; readonly cloud: string },
  revision: number,
): string {
  return name.replaceAll('{cloud}', cloud).replaceAll('{revision}', String(revision));
}
