/**
 * Every expected failure of aib, one line per code. The type of a code, the exit status, the remedy on the terminal and docs/errors.md are derived
 * from it. Scripts rely on the codes, so the meaning of a code never changes. To add a code, add its line and run
 * `npm run unit -- test/failures.test.ts -u`, which writes the page.
 */

export interface FailureRow {
  /** Its heading in docs/errors.md. */
  readonly category:
    | 'command line'
    | 'configuration'
    | 'mirror'
    | 'lock'
    | 'packages'
    | 'building'
    | 'outside world'
    | 'machine'
    | 'storage'
    | 'questions'
    | 'records'
    | 'sample mirror';
  /** The exit status of a command that ends with this failure: 1 failed, 2 invalid usage or configuration, 3 not reproducible, 130 interrupted. */
  readonly exit: 1 | 2 | 3 | 130;
  /** What all failures of this code have in common: a sentence without a full stop. */
  readonly words: string;
  /** What to do, unless the failure has a more specific hint: an imperative without a full stop. */
  readonly remedy: string;
}

// biome-ignore format: one line for each code, however long
export const FAILURES = {
  AIB_USAGE: { category: 'command line', exit: 2, words: 'The verb, an option or its value is invalid', remedy: 'run aib VERB --help' },
  AIB_LABEL_SYNTAX: { category: 'command line', exit: 2, words: 'The word is not a valid label', remedy: 'write //cloud/arch/firmware/bootstrap[@version][:output]' },
  AIB_NO_SUCH_LABEL: { category: 'command line', exit: 2, words: 'No variant and no node has this label', remedy: 'run aib ls, which lists all variants' },
  AIB_NO_SUCH_OUTPUT: { category: 'command line', exit: 2, words: 'The variant has no output of this name', remedy: 'name another output, or :* for all of them' },
  AIB_NO_WORKSPACE: { category: 'command line', exit: 2, words: 'Neither this folder nor a folder above it contains configs/images.conf', remedy: 'change to a workspace, or create a project with aib init DIR' },
  AIB_REVISION: { category: 'command line', exit: 2, words: 'The project cannot be read at a revision of git', remedy: 'name a commit, a branch or a tag that the clone has' },
  AIB_NOT_CACHED: { category: 'command line', exit: 1, words: 'An action would have to run, and --expect-cached was given', remedy: 'leave out --expect-cached to run it' },
  AIB_CANCELLED: { category: 'command line', exit: 130, words: 'The command was interrupted before it finished', remedy: 'run it again; it continues with what is already built' },

  AIB_CONFIG_FILE: { category: 'configuration', exit: 2, words: 'A configuration file is missing or unreadable', remedy: 'check that the path names a readable text file in UTF-8' },
  AIB_CONFIG_SYNTAX: { category: 'configuration', exit: 2, words: 'A configuration file has a HOCON syntax error', remedy: 'correct it at the marked place' },
  AIB_CONFIG_INCLUDE: { category: 'configuration', exit: 2, words: 'An include names something that cannot be included', remedy: 'name one file inside a configs folder' },
  AIB_CONFIG_CYCLE: { category: 'configuration', exit: 2, words: 'A file includes itself, or a value refers to itself', remedy: 'remove one of the references in the cycle' },
  AIB_CONFIG_SUBSTITUTION: { category: 'configuration', exit: 2, words: 'A substitution has no value, or a value of the wrong type', remedy: 'define the value, or mark it as optional with a ?' },
  AIB_CONFIG_LIMIT: { category: 'configuration', exit: 2, words: 'The configuration exceeds a limit of size or depth', remedy: 'make it smaller; look for an include or a substitution that repeats' },
  AIB_CONFIG_SHAPE: { category: 'configuration', exit: 2, words: 'A block of the configuration has the wrong form', remedy: 'write it as docs/configuration.md shows' },
  AIB_CONFIG_KEY: { category: 'configuration', exit: 2, words: 'A key is unknown, or not allowed in this place', remedy: 'see docs/configuration.md for all keys' },
  AIB_CONFIG_VALUE: { category: 'configuration', exit: 2, words: 'A setting has an invalid value', remedy: 'correct the value; docs/configuration.md lists what each setting accepts' },
  AIB_CONFIG_MISSING: { category: 'configuration', exit: 2, words: 'A required setting is missing', remedy: 'add it to the configuration' },
  AIB_CONFIG_SIZE: { category: 'configuration', exit: 2, words: 'The disk size exceeds the limit of the image format or the firmware', remedy: 'set a smaller disk_size; a cloud enlarges the disk when it creates a machine from the image' },
  AIB_CONFIG_NAME: { category: 'configuration', exit: 2, words: 'Two variants have the same name', remedy: 'add what differs between them to the name, such as {arch} or {firmware}' },
  AIB_CONFIG_PATH: { category: 'configuration', exit: 2, words: 'A setting results in an invalid file name', remedy: 'use a name without slashes and control characters, of at most 200 bytes' },
  AIB_CONFIG_PLACEHOLDER: { category: 'configuration', exit: 2, words: 'A text contains an unknown placeholder', remedy: 'use the name of a dimension or of another setting, or write {{ for a brace' },
  AIB_CONFIG_RANGE: { category: 'configuration', exit: 2, words: 'A version range in WHEN or EXCLUDE is invalid', remedy: 'write ">=3.18", "<3.20" or "3.18..3.20"' },
  AIB_CONFIG_COLLISION: { category: 'configuration', exit: 2, words: 'Two layers contain a file of the same name', remedy: 'rename one of them, or list it in overrides if it is to replace the other' },
  AIB_CONFIG_CUSTOM: { category: 'configuration', exit: 2, words: 'A --custom folder contains neither configs/ nor scripts/', remedy: 'name the folder that contains configs/ or scripts/' },
  AIB_CONFIG_SET: { category: 'configuration', exit: 2, words: '--set requires a key and a value', remedy: 'write for example --set disk_size=200' },
  AIB_CONFIG_EXISTS: { category: 'configuration', exit: 2, words: 'The folder for the new project already contains a project', remedy: 'name another folder' },
  AIB_NO_SCRIPT: { category: 'configuration', exit: 2, words: 'A script or a script folder is missing, or has the wrong type (file or folder)', remedy: 'correct its name in the configuration, or add it to scripts/' },
  AIB_SCRIPT_START: { category: 'configuration', exit: 2, words: 'A script has an invalid first line', remedy: 'start it with #! and an interpreter, such as #!/bin/sh -eu, and end its lines with LF' },
  AIB_REPOSITORY: { category: 'configuration', exit: 2, words: 'A repository cannot be used: its address is invalid, or no key is trusted for it', remedy: 'correct its address and repo_keys; or set it to false if only the finished image uses it' },
  AIB_ARCH: { category: 'configuration', exit: 1, words: 'This architecture is not supported', remedy: 'build for another architecture, or exclude this one with --skip' },
  AIB_BOOTLOADER: { category: 'configuration', exit: 1, words: 'This boot loader is not supported', remedy: 'set another bootloader, or exclude these variants with --skip' },
  AIB_IMAGE_FORMAT: { category: 'configuration', exit: 1, words: 'This image format is not supported', remedy: 'set another image_format, or exclude these variants with --skip' },
  AIB_NO_FIRMWARE: { category: 'configuration', exit: 1, words: 'The architecture does not have this firmware', remedy: 'configure another firmware for this architecture' },

  AIB_BAD_MIRROR: { category: 'mirror', exit: 2, words: 'The mirror is neither a URL nor a folder', remedy: 'pass a URL or a folder to --mirror' },
  AIB_MIRROR_UNREACHABLE: { category: 'mirror', exit: 1, words: 'The mirror cannot be reached or read', remedy: 'check the network, or use another mirror or a local folder with --mirror' },
  AIB_OFFLINE: { category: 'mirror', exit: 1, words: 'A file would have to be fetched, and --offline was given', remedy: 'leave out --offline, or build with a store that already has the file' },
  AIB_MIRROR_NOT_FOUND: { category: 'mirror', exit: 1, words: 'The mirror does not have a required file', remedy: 'run aib update, or use another mirror with --mirror' },
  AIB_MIRROR_WEB_PAGE: { category: 'mirror', exit: 1, words: 'The mirror returned a web page instead of the file', remedy: 'if this network has a login page, log in with a browser; otherwise check the address of the mirror' },
  AIB_PASSWORD_IN_ADDRESS: { category: 'mirror', exit: 2, words: 'An address contains a user name or a password, which would appear in logs and files', remedy: 'remove it from the address and put it into ~/.netrc' },
  AIB_NO_RELEASE_LIST: { category: 'mirror', exit: 1, words: "Neither the mirror nor Alpine's site provides a list of releases", remedy: 'fetch releases.json on a machine with a network, and pass it with aib update --releases FILE' },
  AIB_RELEASE_KEY: { category: 'mirror', exit: 1, words: 'The key that signs the ISOs is missing or has changed', remedy: 'fetch the key on a machine with a network, and pass it with aib update --release-key FILE' },
  AIB_REPOSITORY_KEY: { category: 'mirror', exit: 1, words: 'A key in repo_keys is missing, invalid, or differs from the key in the lock', remedy: 'check the origin of the key, or add it to the project and name the file in repo_keys' },
  AIB_MIRROR_TOO_LARGE: { category: 'mirror', exit: 1, words: 'A file of the mirror exceeds the size limit', remedy: 'use another mirror with --mirror' },
  AIB_MIRROR_CONTENT: { category: 'mirror', exit: 1, words: 'A file of the mirror has invalid content', remedy: 'try again later, or use another mirror with --mirror' },
  AIB_BAD_RELEASES: { category: 'mirror', exit: 1, words: "Alpine's list of releases is invalid", remedy: 'try again later, or use another mirror with --mirror' },
  AIB_COPY_IN_THE_WAY: { category: 'mirror', exit: 1, words: 'The target folder of the mirror copy contains something else', remedy: 'name a new folder, an empty folder, or an earlier copy' },
  AIB_BAD_SECDB: { category: 'mirror', exit: 1, words: "Alpine's security database is invalid", remedy: 'try again later' },
  AIB_DIGEST_MISMATCH: { category: 'mirror', exit: 1, words: 'A file has an unexpected size or checksum', remedy: 'run aib update if the file was replaced; otherwise use another mirror with --mirror' },
  AIB_UNSIGNED: { category: 'mirror', exit: 1, words: 'A file has no signature, and one is required', remedy: 'use another mirror with --mirror' },
  AIB_UNTRUSTED_KEY: { category: 'mirror', exit: 1, words: 'A file is signed with an untrusted key', remedy: 'use another mirror with --mirror' },
  AIB_BAD_SIGNATURE: { category: 'mirror', exit: 1, words: 'A signature is invalid for its file', remedy: 'fetch the file again; if the error persists, do not use this mirror' },
  AIB_DOWNGRADE: { category: 'mirror', exit: 1, words: 'A package index is older than the one in the lock', remedy: 'try again later, or use another mirror with --mirror; to accept it, remove the newer index from the lock' },
  AIB_BAD_INDEX: { category: 'mirror', exit: 1, words: 'A package index is invalid', remedy: 'try again later, or use another mirror with --mirror' },
  AIB_BAD_ARCHIVE: { category: 'mirror', exit: 1, words: 'A package or an index is damaged or truncated', remedy: 'fetch it again; if the error persists, use another mirror with --mirror' },
  AIB_V3_FORMAT: { category: 'mirror', exit: 1, words: 'A package or an index uses the apk 3 format, which is not supported', remedy: 'use an Alpine branch that serves APKINDEX.tar.gz' },
  AIB_BAD_ISO: { category: 'mirror', exit: 1, words: 'An ISO image is invalid', remedy: 'fetch it again; if the error persists, use another mirror with --mirror' },
  AIB_BAD_CPIO: { category: 'mirror', exit: 1, words: 'A cpio archive is damaged or truncated', remedy: 'fetch it again, and check its size' },

  AIB_LOCK: { category: 'lock', exit: 1, words: 'The lock file is unreadable or invalid', remedy: 'restore it from version control, or remove it and run aib update' },
  AIB_LOCK_ROOT: { category: 'lock', exit: 1, words: 'The lock was made from a mirror with other keys', remedy: 'use the mirror that the lock was made from, or remove the lock' },
  AIB_NOT_LOCKED: { category: 'lock', exit: 1, words: 'The lock does not contain what the build requires', remedy: 'run aib update with a mirror that serves it' },
  AIB_TOOLBOX: { category: 'lock', exit: 1, words: 'The tools of the newest version cannot create reproducible disks', remedy: 'add a newer Alpine version to the configuration, or use another mirror with --mirror' },
  AIB_NO_RELEASE: { category: 'lock', exit: 1, words: 'The mirror serves no version or architecture of the configuration', remedy: 'configure a version that it serves, or use another mirror with --mirror' },

  AIB_NO_PACKAGE: { category: 'packages', exit: 1, words: 'No repository has a requested package', remedy: 'correct its name or version, or configure the repository that has it' },
  AIB_PACKAGE_CONFLICT: { category: 'packages', exit: 1, words: 'Two packages cannot be installed together', remedy: 'remove one of them, or request versions that are compatible' },
  AIB_UNKNOWN_TAG: { category: 'packages', exit: 1, words: 'A package is requested from a tag that no repository has', remedy: 'add the tag to a repository, or leave out the tag' },
  AIB_BAD_DEPENDENCY: { category: 'packages', exit: 1, words: 'A package dependency is invalid', remedy: 'write name, name=version or name>=version' },

  AIB_GRAPH: { category: 'building', exit: 1, words: 'The nodes do not form a graph: a bug in aib', remedy: 'report it, with the configuration that triggers it' },
  AIB_SOURCE: { category: 'building', exit: 1, words: 'A source file or folder of an image cannot be read', remedy: 'check that it exists and is readable' },
  AIB_COMMAND_FAILED: { category: 'building', exit: 1, words: 'The command of an action failed', remedy: 'see its output with aib log LABEL' },
  AIB_TIMEOUT: { category: 'building', exit: 1, words: 'An action, or a step of it, exceeded its time limit', remedy: 'see the progress with aib log LABEL; on a slow or busy machine, use --limit-factor or a smaller -j' },
  AIB_MEMORY_LIMIT: { category: 'building', exit: 1, words: 'An action exceeded its memory limit', remedy: 'add memory to the machine, or run fewer actions at a time with -j' },
  AIB_OUTPUT_MISSING: { category: 'building', exit: 1, words: 'An action finished without its declared output', remedy: 'see its output with aib log LABEL' },
  AIB_OUTPUT_UNSTORABLE: { category: 'building', exit: 1, words: 'An action wrote an output that the store does not support', remedy: 'write only files, folders and symbolic links' },
  AIB_SCRIPT: { category: 'building', exit: 1, words: 'A setup script failed', remedy: 'fix the script; its output is in aib log LABEL' },
  AIB_NO_KERNEL: { category: 'building', exit: 1, words: 'The image has no kernel', remedy: 'add a kernel to the packages, such as linux-virt' },
  AIB_DISK_TOO_SMALL: { category: 'building', exit: 1, words: 'The installed system does not fit on the disk', remedy: 'set a larger disk_size' },
  AIB_GUEST: { category: 'building', exit: 1, words: 'A step inside the build machine failed', remedy: 'see the whole console with aib log LABEL' },
  AIB_PACKAGE_DATABASE: { category: 'building', exit: 1, words: "The image's apk does not know the scripts or triggers of its packages", remedy: 'see aib log LABEL, and report it: a later upgrade inside this image could make it unbootable' },
  AIB_INITRAMFS: { category: 'building', exit: 1, words: 'A requested kernel module is not in the initramfs', remedy: 'see the output of mkinitfs with aib log LABEL, or remove the module from initfs_features and kernel_modules' },
  AIB_KERNEL_PANIC: { category: 'building', exit: 1, words: 'The kernel of the image panicked during boot', remedy: 'see the whole console with aib log LABEL' },

  AIB_OBJECT_LOST: { category: 'outside world', exit: 1, words: 'An object that was being created at the provider no longer exists', remedy: 'check the object at the provider, and build again' },
  AIB_PUBLISHED: { category: 'outside world', exit: 1, words: 'A revision of the image is already published with different content', remedy: 'create the next revision with --revise' },
  AIB_SAMPLE_IMAGE: { category: 'outside world', exit: 1, words: 'Images of the sample mirror cannot be imported or published', remedy: 'build from an Alpine mirror: see aib mirror use' },
  AIB_REMOTE_CACHE: { category: 'outside world', exit: 1, words: 'The remote cache cannot be used, and --remote-required was given', remedy: 'run aib doctor remote, or leave out --remote-required to build without the cache' },
  AIB_PROVIDER: { category: 'outside world', exit: 1, words: 'A provider rejected a request, or did not answer', remedy: "see the provider's message, and run the command again; it continues with what already exists" },

  AIB_NO_QEMU: { category: 'machine', exit: 1, words: 'QEMU cannot be started', remedy: 'run aib doctor, which prints the command that installs it' },
  AIB_MACHINE_STOPPED: { category: 'machine', exit: 1, words: 'The virtual machine stopped without a result', remedy: 'see the whole console with aib log LABEL; on a busy machine, use a smaller -j' },

  AIB_CANNOT_WRITE: { category: 'storage', exit: 1, words: 'A file outside the store cannot be written', remedy: 'check that the folder is writable and has free space, or name another folder' },
  AIB_STORE_OPEN: { category: 'storage', exit: 1, words: 'The store cannot be opened', remedy: 'check the permissions of its folder, or use another store with --cache DIR' },
  AIB_STORE_VERSION: { category: 'storage', exit: 1, words: 'The store was written by a newer version of aib', remedy: 'update aib, or use another store with --cache DIR' },
  AIB_STORE_READ_ONLY: { category: 'storage', exit: 1, words: 'The store is read-only, and a build must write to it', remedy: 'use a store of your own with --cache DIR' },
  AIB_STORE_OWNER: { category: 'storage', exit: 1, words: 'A part of the store belongs to another user and is not writable', remedy: 'share the store with cache_shared = group in aib.local.conf, or use a store of your own with --cache DIR' },
  AIB_STORE_LOCK: { category: 'storage', exit: 1, words: 'The filesystem of the store does not support file locks', remedy: 'keep the store on a local disk with --cache DIR' },
  AIB_STORE_FULL: { category: 'storage', exit: 1, words: 'A write failed: the disk is full or read-only, or a limit is reached', remedy: 'free some space, raise the limit, or use another place with --cache DIR' },
  AIB_STORE_ACCESS: { category: 'storage', exit: 1, words: 'A file that the build requires cannot be read or written', remedy: 'check the disk and the permissions of the cache folder, then build again' },

  AIB_QUERY_SYNTAX: { category: 'questions', exit: 2, words: 'A query has a syntax error', remedy: 'see docs/query.md for the grammar' },
  AIB_QUERY_VARIABLE: { category: 'questions', exit: 2, words: 'A query uses an undefined variable', remedy: 'write let NAME = EXPRESSION in EXPRESSION around it' },
  AIB_QUERY_EMPTY: { category: 'questions', exit: 2, words: 'The function some() was applied to an empty set', remedy: 'leave out some(): the result is then empty' },
  AIB_NO_SUCH_ATTRIBUTE: { category: 'questions', exit: 2, words: 'Unknown node attribute', remedy: 'see docs/query.md for all attributes' },
  AIB_NO_PATH: { category: 'questions', exit: 1, words: 'The first node does not depend on the second', remedy: 'list the dependencies: aib query "deps(LABEL)"' },
  AIB_NO_OWNER: { category: 'questions', exit: 1, words: 'No node of the project reads or writes the file', remedy: 'name a file in configs/, scripts/ or .cache/' },
  AIB_NO_VULNERABILITY: { category: 'questions', exit: 1, words: 'No image is known to have this vulnerability', remedy: 'run aib security, which lists the known ones' },
  AIB_IMAGE_DAMAGED: { category: 'questions', exit: 1, words: 'A disk image cannot be read', remedy: 'name an intact raw, qcow2 or VHD image, or a tar archive' },
  AIB_NO_RUN: { category: 'questions', exit: 1, words: 'Unknown run', remedy: 'run aib log, which lists the runs' },
  AIB_NO_LOG: { category: 'questions', exit: 1, words: 'The node has no log: it has never run here', remedy: 'run aib log, which lists the runs, and aib log RUN' },
  AIB_NO_TRACE: { category: 'questions', exit: 1, words: 'The run has no trace', remedy: 'run aib log, which lists the runs' },
  AIB_GRAPH_SIZE: { category: 'questions', exit: 1, words: 'The graph is too large for a layout', remedy: 'select a smaller part, or use --output dot' },

  AIB_KEY_FILE: { category: 'records', exit: 1, words: 'A key file is missing, invalid, or would be overwritten', remedy: 'create a key with aib key new FILE; sign with FILE, verify with FILE.pub' },
  AIB_RECORD: { category: 'records', exit: 1, words: 'A record about an image is missing or invalid', remedy: 'pass a statement that aib wrote, or an envelope that aib attest sign made from one' },

  AIB_SAMPLE_HOST: { category: 'sample mirror', exit: 1, words: 'This machine is missing a program that makes the sample mirror', remedy: 'use Debian or Ubuntu, and run aib doctor there, which prints the command that installs it' },
  AIB_SAMPLE_COMMAND: { category: 'sample mirror', exit: 1, words: 'A program that makes the sample mirror failed', remedy: 'see its output; after a network error, try again' },
  AIB_SAMPLE_IN_THE_WAY: { category: 'sample mirror', exit: 1, words: 'The folder for the sample mirror contains something else', remedy: 'name a new folder, or empty this one' },
  AIB_BAD_PACKAGES: { category: 'sample mirror', exit: 1, words: 'The folder of Alpine packages for the sample mirror is invalid', remedy: 'pass a folder with .apk files of one release for x86_64, including alpine-base, or unset AIB_PACKAGES' },
  AIB_BAD_USERLAND: { category: 'sample mirror', exit: 1, words: 'The userland is not an Alpine minirootfs', remedy: 'pass an alpine-minirootfs-3.… archive of that architecture as Alpine publishes it, or none' },
} as const satisfies Readonly<Record<`AIB_${string}`, FailureRow>>;

export type FailureCode = keyof typeof FAILURES;

/** For a code that arrives as text in the output of a program. */
export function isFailureCode(text: string): text is FailureCode {
  return Object.hasOwn(FAILURES, text);
}
