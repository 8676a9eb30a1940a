/** Which aib this is, for `--version` and for records; the same as in package.json. */
export const AIB_VERSION = '0.1.0';
