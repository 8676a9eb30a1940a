/** The version of aib, for `--version` and for records; it must be the same as in package.json. */
export const AIB_VERSION = '0.1.0';
