/**
 * `aib sbom LABEL`: the packages of an image, as a table or as a document for other programs, or the differences of two. Builds what it
 * requires.
 */
import type { Label } from '../../engine/model/graph.ts';
import { type ListedPackage, packageDifferences, packagesIn } from '../../report/tables/software-lines.ts';
import { columns } from '../../report/text/columns.ts';
import { SBOM_FORMS, type SbomForm } from '../../rules/kinds/sbom.ts';
import { internal } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { type BuiltProject, buildFlow } from '../session/build-flow.ts';
import { interruption } from '../session/interruption.ts';
import { withOutput } from '../session/null-build.ts';
import { printLines } from '../session/print-lines.ts';
import { withSession } from '../session/session.ts';
import type { Options } from '../words/options.ts';
import { oneNode } from '../words/targets.ts';

export function sbomCommand(words: readonly string[], options: Options): Promise<number> {
  return withSession(options, interruption(), async session => {
    const { workspace, signal } = session;
    const form = formOf(words, options);
    if (!form.ok) return form;
    const project = await session.project();
    if (!project.ok) return project;
    const labels: Label[] = [];
    for (const word of words) {
      const node = oneNode(withOutput(word, 'sbom'), project.value);
      if (!node.ok) return node;
      if (node.value.kind !== 'sbom')
        return fail({ code: 'AIB_USAGE', what: `${word} is not an image`, hint: 'aib sbom //aws/x86_64/uefi/tiny' });
      labels.push(node.value.label);
    }
    const built = await buildFlow({
      workspace,
      signal,
      labels,
      // Progress of the build is not part of the answer.
      options: { ...options, quiet: true, json: false },
      after: result => show(labels, result, form.value, options),
    });
    return built.ok ? ok(built.value.exit) : built;
  });
}

type Form = SbomForm | 'table';

function formOf(words: readonly string[], { output = 'table', diff = false }: Options): Result<Form> {
  const isForm = (text: string): text is Form => text === 'table' || SBOM_FORMS.some(form => form === text);
  if (!isForm(output)) {
    const hint = `use table, ${SBOM_FORMS.join(' or ')}`;
    return fail({ code: 'AIB_USAGE', what: 'Unknown --output form', got: output, hint });
  }
  if (words.length === (diff ? 2 : 1) && (!diff || output === 'table')) return ok(output);
  const hint = 'aib sbom //aws/x86_64/uefi/tiny, or aib sbom --diff //aws/x86_64/uefi/tiny //nocloud/x86_64/uefi/tiny';
  return fail({
    code: 'AIB_USAGE',
    what: 'aib sbom requires one label; with --diff, two labels and no --output',
    hint,
  });
}

async function show(
  labels: readonly Label[],
  { outputs, store }: BuiltProject,
  form: Form,
  { json, diff }: Options,
): Promise<Result<void>> {
  const read = async (label: Label, name: SbomForm): Promise<string> => {
    const artifact = outputs.get(label)?.[name];
    if (artifact === undefined) throw internal(`${label} was built without ${name}`);
    return (await store.blobs.read(artifact.digest)).toString('utf8');
  };
  const [one = '' as Label, two] = labels;
  if (form !== 'table') {
    await printLines([(await read(one, form)).trimEnd()]);
    return ok(undefined);
  }
  const packages = packagesIn(await read(one, 'cyclonedx'));
  if (diff === true && two !== undefined) {
    const changes = packageDifferences(packages, packagesIn(await read(two, 'cyclonedx')));
    const rows = changes.map(({ name, before = '-', after = '-' }) => [name, before, after]);
    await printLines(
      json === true
        ? changes.map(change => JSON.stringify(change))
        : rows.length === 0
          ? ['the same packages']
          : columns([['package', one, two], ...rows]),
    );
    return ok(undefined);
  }
  const row = ({ name, version, license }: ListedPackage): readonly string[] => [name, version, license];
  await printLines(
    json === true
      ? packages.map(each => JSON.stringify(each))
      : columns([['package', 'version', 'licence'], ...packages.map(row)]),
  );
  return ok(undefined);
}
