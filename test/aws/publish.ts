/** Publishes the image of a test, as a verb would: a store, a connection, a build. */
import { join } from 'node:path';
import type { AwsImport } from '../../src/clouds/aws/image/aws-image.ts';
import type { AwsPublication } from '../../src/clouds/aws/image/publication.ts';
import { build, type Target } from '../../src/engine/build/build.ts';
import type { BuildStatus, Emit } from '../../src/engine/model/events.ts';
import { makeGraph, type Node } from '../../src/engine/model/graph.ts';
import { lockStore, openStore, prepareStore } from '../../src/store/store.ts';
import type { Failure } from '../../src/util/failure.ts';
import { connect } from './aws-rig.ts';
import { awsNodes, PUBLISHED } from './aws-world.ts';

export interface PublishOptions {
  /** The folder of the file `disk`. */
  readonly folder: string;
  readonly url: string;
  readonly refresh?: boolean;
  readonly revise?: boolean;
  readonly importing?: AwsImport;
  readonly publication?: Partial<AwsPublication>;
}

export interface Published {
  readonly status: BuildStatus;
  readonly failures: readonly (Failure & { readonly label: string })[];
}

export async function publish(options: PublishOptions, signal: AbortSignal, emit: Emit): Promise<Published> {
  const { folder, url, refresh = false, ...more } = options;
  const connection = connect(url, join(folder, 'cache/aws'));
  try {
    const nodes = awsNodes(folder, connection, more);
    return await buildObjects({ folder, nodes, targets: PUBLISHED, refresh }, signal, emit);
  } finally {
    connection.close();
  }
}

interface Wanted {
  /** Contains the store in its folder `cache`. */
  readonly folder: string;
  readonly nodes: readonly Node[];
  readonly targets: readonly Target[];
  readonly refresh: boolean;
}

export async function buildObjects(wanted: Wanted, signal: AbortSignal, emit: Emit): Promise<Published> {
  const { folder, nodes, targets, refresh } = wanted;
  const cache = join(folder, 'cache');
  const refused = prepareStore(cache, false);
  if (refused !== undefined) throw new Error(refused.what);
  const lock = await lockStore(cache, { pid: process.pid, command: 'publish' }, { onWait: () => {}, signal });
  const opened = openStore(cache, { now: Date.now, onNotice: line => process.stderr.write(`${line}\n`) });
  if (!opened.ok) throw new Error(opened.error.what);
  const store = opened.value;
  const graph = makeGraph(nodes);
  if (!graph.ok) throw new Error(graph.error.what);
  const result = await build({
    graph: graph.value,
    targets,
    store,
    runners: {},
    capacity: { cpu: 2 },
    refresh,
    onFailure: 'keep-going',
    signal,
    emit,
    run: store.history.begin('publish', store.now()),
  });
  store.close();
  lock.release();
  const failures = [...result.failures].map(([label, failure]) => ({ label, ...failure }));
  return { status: result.status, failures };
}
