/** What a page knows of its graph, as it lies in the page as JSON. Only types: the page's script and whoever makes the page share nothing else. */

export interface PageData {
  readonly nodes: readonly PageNode[];
  /** Numbers of nodes, by the number of the box that shows them. */
  readonly boxes: readonly PageBox[];
  /** By number of box, in the order of the drawn paths. */
  readonly edges: readonly (readonly [from: number, to: number])[];
}

interface PageBox {
  readonly members: readonly number[];
  /** What the labels of its members have in common. */
  readonly label: string;
}

export interface PageNode {
  readonly label: string;
  readonly kind: string;
  readonly box: number;
  /** In the order in which they are shown. */
  readonly facts: Readonly<Record<string, string>>;
  readonly inputs: readonly PageInput[];
  readonly outputs: readonly PageOutput[];
}

interface PageInput {
  /** As the node's action sees it: `overlay.tar`. */
  readonly name: string;
  /** A number, or the label of a node outside the picture. */
  readonly node: number | string;
  readonly output: string;
}

export interface PageOutput {
  readonly name: string;
  /** Of the file that the newest success made, as people read it. */
  readonly size?: string;
  /** Of what the newest success made, in hexadecimal digits. */
  readonly sha256?: string;
}
