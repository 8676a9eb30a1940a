/** The JSON data of a graph page. Types only: the script of the page and the code that writes the page share nothing else. */

export interface PageData {
  readonly nodes: readonly PageNode[];
  /** The nodes of each box, by the number of the box. */
  readonly boxes: readonly PageBox[];
  /** By number of box, in the order of the drawn paths. */
  readonly edges: readonly (readonly [from: number, to: number])[];
}

interface PageBox {
  readonly members: readonly number[];
  /** The common part of the labels of its members. */
  readonly label: string;
}

export interface PageNode {
  readonly label: string;
  readonly kind: string;
  readonly box: number;
  /** In display order. */
  readonly facts: Readonly<Record<string, string>>;
  readonly inputs: readonly PageInput[];
  readonly outputs: readonly PageOutput[];
}

interface PageInput {
  /** Its name in the node's action: `overlay.tar`. */
  readonly name: string;
  /** A number, or the label of a node outside the picture. */
  readonly node: number | string;
  readonly output: string;
}

export interface PageOutput {
  readonly name: string;
  /** The formatted size of the file from the newest successful run. */
  readonly size?: string;
  /** The hash of the output of the newest successful run, in hexadecimal digits. */
  readonly sha256?: string;
}
