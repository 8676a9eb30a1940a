/**
 * Every way in which aib can fail as expected: one line for each code, from which the type of a code, the exit status, the remedy on the
 * terminal and docs/errors.md come. Scripts rely on the codes, so the meaning of a code stays. To add one, add its line, then run
 * `npm run unit -- test/failures.test.ts -u`, which writes the page.
 */

export interface FailureRow {
  /** The heading in docs/errors.md under which it stands. */
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
  /** Of a command that ends with it: 1 failed, 2 wrong usage or configuration, 3 not reproducible, 130 interrupted. */
  readonly exit: 1 | 2 | 3 | 130;
  /** What all failures of this code have in common, as a sentence without its full stop. */
  readonly words: string;
  /** What to do, for a failure that knows nothing better: an imperative without a full stop. */
  readonly remedy: string;
}

// biome-ignore format: one line for each code, however long
export const FAILURES = {
  AIB_USAGE: { category: 'command line', exit: 2, words: 'A verb, an option or its value is wrong', remedy: 'see aib VERB --help' },
  AIB_LABEL_SYNTAX: { category: 'command line', exit: 2, words: 'A word is not written as a label is', remedy: 'write //cloud/arch/firmware/bootstrap[@version][:output]' },
  AIB_NO_SUCH_LABEL: { category: 'command line', exit: 2, words: 'No variant and no node has this label', remedy: 'see aib ls, which lists all variants' },
  AIB_NO_SUCH_OUTPUT: { category: 'command line', exit: 2, words: 'The variant has no output of this name', remedy: 'name another output, or write :* for all of them' },
  AIB_NO_WORKSPACE: { category: 'command line', exit: 2, words: 'Neither this folder nor one above it holds configs/images.conf', remedy: 'go to a workspace, or make a project with aib init DIR' },
  AIB_NOT_CACHED: { category: 'command line', exit: 1, words: 'An action would have to run although --expect-cached was given', remedy: 'leave --expect-cached out to run it' },
  AIB_CANCELLED: { category: 'command line', exit: 130, words: 'The command was interrupted before it was finished', remedy: 'start it again; it goes on with what is there' },

  AIB_CONFIG_FILE: { category: 'configuration', exit: 2, words: 'A file of the configuration is missing or cannot be read', remedy: 'check that the path leads to a text file in UTF-8 that can be read' },
  AIB_CONFIG_SYNTAX: { category: 'configuration', exit: 2, words: 'A configuration file does not follow the grammar of HOCON', remedy: 'correct it at the place that is marked' },
  AIB_CONFIG_INCLUDE: { category: 'configuration', exit: 2, words: 'An include names something that cannot be included', remedy: 'name one file that lies in a configs folder' },
  AIB_CONFIG_CYCLE: { category: 'configuration', exit: 2, words: 'A file includes itself, or a value refers to itself', remedy: 'remove one of the references on the way' },
  AIB_CONFIG_SUBSTITUTION: { category: 'configuration', exit: 2, words: 'A substitution has no value, or one that does not fit there', remedy: 'give it a value that fits, or write it with a ? if it may be missing' },
  AIB_CONFIG_LIMIT: { category: 'configuration', exit: 2, words: 'The configuration is too large or too deep to be read', remedy: 'make it smaller, and look for what repeats itself' },
  AIB_CONFIG_SHAPE: { category: 'configuration', exit: 2, words: 'A block of the configuration does not have the form that it must have', remedy: 'write it as docs/configuration.md shows it' },
  AIB_CONFIG_KEY: { category: 'configuration', exit: 2, words: 'A key is unknown, or not allowed at its place', remedy: 'see docs/configuration.md for the keys there are' },
  AIB_CONFIG_VALUE: { category: 'configuration', exit: 2, words: 'A setting has a value that it cannot have', remedy: 'correct the value; docs/configuration.md says what each setting may be' },
  AIB_CONFIG_MISSING: { category: 'configuration', exit: 2, words: 'A setting without which there is no image is missing', remedy: 'add it to the configuration' },
  AIB_CONFIG_SIZE: { category: 'configuration', exit: 2, words: 'A disk is larger than its format or firmware bears', remedy: 'write a smaller disk_size; the disks of clouds grow when a machine is made from the image' },
  AIB_CONFIG_NAME: { category: 'configuration', exit: 2, words: 'Two variants have the same name', remedy: 'put what sets the two apart into the name, such as {arch} or {firmware}' },
  AIB_CONFIG_PATH: { category: 'configuration', exit: 2, words: 'A setting makes a name that no file or folder can have', remedy: 'write a name without slashes and control characters, of 200 bytes at most' },
  AIB_CONFIG_PLACEHOLDER: { category: 'configuration', exit: 2, words: 'A text has a placeholder that stands for nothing', remedy: "use a dimension's name or another setting's, or write {{ for a brace" },
  AIB_CONFIG_RANGE: { category: 'configuration', exit: 2, words: 'A range of versions in WHEN or EXCLUDE is malformed', remedy: 'write ">=3.18", "<3.20" or "3.18..3.20"' },
  AIB_CONFIG_COLLISION: { category: 'configuration', exit: 2, words: 'Two layers have a file of the same name, and one would hide the other', remedy: 'rename one of them, or name it in overrides' },
  AIB_CONFIG_CUSTOM: { category: 'configuration', exit: 2, words: 'A folder that --custom names adds nothing', remedy: 'name the folder that holds configs/ or scripts/' },
  AIB_CONFIG_SET: { category: 'configuration', exit: 2, words: '--set has no key or no value', remedy: 'write --set disk_size=200' },
  AIB_CONFIG_EXISTS: { category: 'configuration', exit: 2, words: 'The folder for a new project holds one already', remedy: 'name another folder' },
  AIB_NO_SCRIPT: { category: 'configuration', exit: 2, words: 'A script or a folder of scripts is missing, or is the other of the two', remedy: 'correct its name in the configuration, or put it into scripts/' },
  AIB_SCRIPT_START: { category: 'configuration', exit: 2, words: 'A script does not begin as a program must', remedy: 'begin it with #! and the program that runs it, such as #!/bin/sh -eu, and end lines with LF' },
  AIB_REPOSITORY: { category: 'configuration', exit: 2, words: 'A repository cannot be built from: its address is no good one, or no key counts for it', remedy: 'correct its address and repo_keys, or write it as a comment (= false) if the finished image alone is to use it' },
  AIB_ARCH: { category: 'configuration', exit: 1, words: 'aib cannot build or boot images of this architecture yet', remedy: 'build for another architecture, or leave this one out with --skip' },
  AIB_BOOTLOADER: { category: 'configuration', exit: 1, words: 'aib cannot install this boot loader', remedy: 'set another bootloader, or leave these variants out with --skip' },
  AIB_IMAGE_FORMAT: { category: 'configuration', exit: 1, words: 'aib cannot make images of this format yet', remedy: 'set another image_format, or leave these variants out with --skip' },
  AIB_NO_FIRMWARE: { category: 'configuration', exit: 1, words: 'There is no such firmware for the architecture', remedy: 'configure another firmware for this architecture' },

  AIB_BAD_MIRROR: { category: 'mirror', exit: 2, words: 'The name of the mirror is neither a URL nor a folder', remedy: 'give a URL or a folder with --mirror' },
  AIB_MIRROR_UNREACHABLE: { category: 'mirror', exit: 1, words: 'The mirror cannot be reached or read', remedy: 'check the network, or use another mirror or a local folder with --mirror' },
  AIB_OFFLINE: { category: 'mirror', exit: 1, words: 'Something would have to be fetched although --offline was given', remedy: 'leave --offline out, or build where it was fetched before' },
  AIB_MIRROR_NOT_FOUND: { category: 'mirror', exit: 1, words: 'The mirror does not have a file that is needed', remedy: 'run aib update, or use another mirror with --mirror' },
  AIB_MIRROR_WEB_PAGE: { category: 'mirror', exit: 1, words: 'A web page came in place of a file of the mirror', remedy: 'log in to the network with a browser if it has a login page; else check the address of the mirror' },
  AIB_PASSWORD_IN_ADDRESS: { category: 'mirror', exit: 2, words: 'An address holds a name or a password, which would end up in logs and files', remedy: 'leave it out of the address, and put it into ~/.netrc' },
  AIB_NO_RELEASE_LIST: { category: 'mirror', exit: 1, words: "Neither the mirror nor Alpine's site gives a list of releases", remedy: 'fetch releases.json where there is a network, and name it with aib update --releases FILE' },
  AIB_RELEASE_KEY: { category: 'mirror', exit: 1, words: 'The key that ISOs are signed with is missing or is another one', remedy: 'fetch it where there is a network, and name it with aib update --release-key FILE' },
  AIB_REPOSITORY_KEY: { category: 'mirror', exit: 1, words: 'A key of repo_keys is missing, is no such key, or is another one than the lock has', remedy: 'check where it comes from, or put the key into the project and name the file in repo_keys' },
  AIB_MIRROR_TOO_LARGE: { category: 'mirror', exit: 1, words: 'A file of the mirror is larger than such a file can be', remedy: 'use another mirror with --mirror' },
  AIB_MIRROR_CONTENT: { category: 'mirror', exit: 1, words: 'A file of the mirror does not hold what it must', remedy: 'try again later, or use another mirror with --mirror' },
  AIB_BAD_RELEASES: { category: 'mirror', exit: 1, words: "Alpine's list of releases cannot be used", remedy: 'try again later, or use another mirror with --mirror' },
  AIB_COPY_IN_THE_WAY: { category: 'mirror', exit: 1, words: 'The folder for a copy of the mirror holds something else', remedy: 'name a new folder, an empty one, or that of an earlier copy' },
  AIB_BAD_SECDB: { category: 'mirror', exit: 1, words: "Alpine's security database cannot be used", remedy: 'try again later' },
  AIB_DIGEST_MISMATCH: { category: 'mirror', exit: 1, words: 'The size or the checksum of a file is not the one that was expected', remedy: 'run aib update if it was replaced; else use another mirror with --mirror' },
  AIB_UNSIGNED: { category: 'mirror', exit: 1, words: 'A file that must be signed is not signed', remedy: 'use another mirror with --mirror' },
  AIB_UNTRUSTED_KEY: { category: 'mirror', exit: 1, words: 'A file is signed, but by no key that is trusted', remedy: 'use another mirror with --mirror' },
  AIB_BAD_SIGNATURE: { category: 'mirror', exit: 1, words: 'A signature does not fit its file', remedy: 'fetch the file again; if it stays so, do not use this mirror' },
  AIB_DOWNGRADE: { category: 'mirror', exit: 1, words: 'A package index is older than the one in the lock', remedy: 'try again later, or use another mirror with --mirror; to take it all the same, take the older one out of the lock' },
  AIB_BAD_INDEX: { category: 'mirror', exit: 1, words: 'A package index cannot be read', remedy: 'try again later, or use another mirror with --mirror' },
  AIB_BAD_ARCHIVE: { category: 'mirror', exit: 1, words: 'A package or an index is damaged or cut short', remedy: 'fetch it again; if it stays so, use another mirror with --mirror' },
  AIB_V3_FORMAT: { category: 'mirror', exit: 1, words: 'A package or an index is in the format of apk 3, which aib cannot read yet', remedy: 'use a branch of Alpine whose index is APKINDEX.tar.gz' },
  AIB_BAD_ISO: { category: 'mirror', exit: 1, words: 'An ISO image cannot be read', remedy: 'fetch it again; if it stays so, use another mirror with --mirror' },
  AIB_BAD_CPIO: { category: 'mirror', exit: 1, words: 'A cpio archive is damaged or cut short', remedy: 'fetch it again, and check its size' },

  AIB_LOCK: { category: 'lock', exit: 1, words: 'The lock file cannot be read', remedy: 'restore it from version control, or remove it and run aib update' },
  AIB_LOCK_ROOT: { category: 'lock', exit: 1, words: 'The lock was made from a mirror with other keys', remedy: 'use the mirror that the lock was made from, or remove the lock' },
  AIB_NOT_LOCKED: { category: 'lock', exit: 1, words: 'The lock does not have what a build needs', remedy: 'run aib update with a mirror that serves it' },
  AIB_TOOLBOX: { category: 'lock', exit: 1, words: 'The tools of the newest version cannot lay out disks that are the same each time', remedy: 'add a newer Alpine version to the configuration, or use another mirror with --mirror' },
  AIB_NO_RELEASE: { category: 'lock', exit: 1, words: 'The mirror serves no version or architecture of the configuration', remedy: 'configure one that it serves, or use another mirror with --mirror' },

  AIB_NO_PACKAGE: { category: 'packages', exit: 1, words: 'No repository has a package that is asked for', remedy: 'correct its name or version, or configure the repository that has it' },
  AIB_PACKAGE_CONFLICT: { category: 'packages', exit: 1, words: 'Two packages cannot be installed together', remedy: 'remove one of the two, or ask for versions that go together' },
  AIB_UNKNOWN_TAG: { category: 'packages', exit: 1, words: 'A package is asked for from a tag that no repository has', remedy: 'give a repository that tag, or leave the tag out' },
  AIB_BAD_DEPENDENCY: { category: 'packages', exit: 1, words: 'A dependency of a package cannot be read', remedy: 'write name, name=version or name>=version' },

  AIB_GRAPH: { category: 'building', exit: 1, words: 'The nodes do not make a graph: a fault of aib', remedy: 'report it, with the configuration that shows it' },
  AIB_SOURCE: { category: 'building', exit: 1, words: 'A file or folder that an image is made from cannot be read', remedy: 'check that it is there, and that it can be read' },
  AIB_COMMAND_FAILED: { category: 'building', exit: 1, words: 'The command of an action failed', remedy: 'see all of its output with aib log LABEL' },
  AIB_TIMEOUT: { category: 'building', exit: 1, words: 'An action, or a step of it, took longer than its limit', remedy: 'see with aib log LABEL how far it came; on a slow or busy machine, try again with --limit-factor or a smaller -j' },
  AIB_MEMORY_LIMIT: { category: 'building', exit: 1, words: 'An action took more memory than its limit', remedy: 'give the machine more memory, or run fewer actions at a time with -j' },
  AIB_OUTPUT_MISSING: { category: 'building', exit: 1, words: 'An action ended without what it was to make', remedy: 'see all of its output with aib log LABEL' },
  AIB_OUTPUT_UNSTORABLE: { category: 'building', exit: 1, words: 'An action made something that the store cannot hold', remedy: 'let it write only files, folders and symbolic links' },
  AIB_SCRIPT: { category: 'building', exit: 1, words: 'A setup script failed', remedy: 'mend the script; all that it said is in aib log LABEL' },
  AIB_NO_KERNEL: { category: 'building', exit: 1, words: 'The image has no kernel', remedy: 'add a kernel to the packages, such as linux-virt' },
  AIB_DISK_TOO_SMALL: { category: 'building', exit: 1, words: 'What is to be installed does not fit the disk', remedy: 'set a larger disk_size' },
  AIB_GUEST: { category: 'building', exit: 1, words: 'A step inside the build machine failed', remedy: 'see the whole console with aib log LABEL' },
  AIB_PACKAGE_DATABASE: { category: 'building', exit: 1, words: 'The apk of an image does not know the scripts or triggers of its packages', remedy: 'see all of its output with aib log LABEL, and report it: later upgrades inside of such an image would leave it unbootable' },
  AIB_INITRAMFS: { category: 'building', exit: 1, words: 'A kernel module that was asked for is not in the initramfs', remedy: 'see what mkinitfs said with aib log LABEL, or take the module out of initfs_features and kernel_modules' },
  AIB_KERNEL_PANIC: { category: 'building', exit: 1, words: 'The kernel of the image panicked while it booted', remedy: 'see the whole console with aib log LABEL' },

  AIB_OBJECT_LOST: { category: 'outside world', exit: 1, words: 'A step of an object was begun, and is not there any more', remedy: 'see what the provider says of it, and build again' },
  AIB_PUBLISHED: { category: 'outside world', exit: 1, words: 'A revision of an image is published already with another content', remedy: 'make it the next revision with --revise' },
  AIB_SAMPLE_IMAGE: { category: 'outside world', exit: 1, words: 'An image of sample packages was to be brought to a cloud', remedy: 'build from a mirror of Alpine: see aib mirror use' },
  AIB_PROVIDER: { category: 'outside world', exit: 1, words: 'A provider refuses a request, or does not answer', remedy: 'see what it says, and build again: what is there by then is found' },

  AIB_NO_QEMU: { category: 'machine', exit: 1, words: 'QEMU cannot be started', remedy: 'run ./setup, which installs it' },
  AIB_MACHINE_STOPPED: { category: 'machine', exit: 1, words: 'The virtual machine stopped without a result', remedy: 'see the whole console with aib log LABEL; on a busy machine, try again with a smaller -j' },

  AIB_CANNOT_WRITE: { category: 'storage', exit: 1, words: 'A file outside of the store cannot be written', remedy: 'check that the folder is writable and has free space, or name another' },
  AIB_STORE_OPEN: { category: 'storage', exit: 1, words: 'The store cannot be opened', remedy: 'check the rights of its folder, or choose another with --cache DIR' },
  AIB_STORE_VERSION: { category: 'storage', exit: 1, words: 'The store was written by a newer aib', remedy: 'update aib, or give this one a store of its own with --cache DIR' },
  AIB_STORE_READ_ONLY: { category: 'storage', exit: 1, words: 'The store can only be read, and a build must write to it', remedy: 'give the build a store of its own with --cache DIR' },
  AIB_STORE_OWNER: { category: 'storage', exit: 1, words: 'A part of the store belongs to another user, who alone may write there', remedy: 'share it with cache_shared = group in aib.local.conf, or use a store of your own with --cache DIR' },
  AIB_STORE_LOCK: { category: 'storage', exit: 1, words: 'The filesystem of the store cannot lock files', remedy: 'keep the store on a local disk with --cache DIR' },
  AIB_STORE_FULL: { category: 'storage', exit: 1, words: 'Something cannot be written: the disk is full or can only be read, or a limit is reached', remedy: 'free some space, lift the limit, or choose another place with --cache DIR' },
  AIB_STORE_ACCESS: { category: 'storage', exit: 1, words: 'A file that a build needs cannot be read or written', remedy: 'check the disk and the rights of the cache folder, then build again' },

  AIB_QUERY_SYNTAX: { category: 'questions', exit: 2, words: 'A query does not follow the grammar', remedy: 'see docs/query.md for the grammar' },
  AIB_QUERY_VARIABLE: { category: 'questions', exit: 2, words: 'A query uses a variable that has no value', remedy: 'write let NAME = EXPRESSION in EXPRESSION around it' },
  AIB_QUERY_EMPTY: { category: 'questions', exit: 2, words: 'The function some is to choose from a set that is empty', remedy: 'leave some out: the answer is empty then' },
  AIB_NO_SUCH_ATTRIBUTE: { category: 'questions', exit: 2, words: 'No node has an attribute of this name', remedy: 'see docs/query.md for the attributes there are' },
  AIB_NO_PATH: { category: 'questions', exit: 1, words: 'One node does not depend on the other', remedy: 'ask what it depends on: aib query "deps(LABEL)"' },
  AIB_NO_OWNER: { category: 'questions', exit: 1, words: 'No node of the project made the file or reads it', remedy: 'name a file below configs/, scripts/ or .cache/' },
  AIB_NO_VULNERABILITY: { category: 'questions', exit: 1, words: 'No image is known to have this vulnerability', remedy: 'see aib security, which lists what there is' },
  AIB_IMAGE_DAMAGED: { category: 'questions', exit: 1, words: 'A disk image cannot be read', remedy: 'name a raw, qcow2 or VHD image, or a tar archive, that is whole' },
  AIB_NO_RUN: { category: 'questions', exit: 1, words: 'No run has this number', remedy: 'see aib log, which lists the runs' },
  AIB_NO_LOG: { category: 'questions', exit: 1, words: 'Nothing of this node has run here', remedy: 'see aib log, which lists the runs, and aib log RUN' },
  AIB_NO_TRACE: { category: 'questions', exit: 1, words: 'The run left no trace', remedy: 'see aib log, which lists the runs' },
  AIB_GRAPH_SIZE: { category: 'questions', exit: 1, words: 'The graph is too large to be laid out', remedy: 'ask for less, or take --output dot' },

  AIB_KEY_FILE: { category: 'records', exit: 1, words: 'A key for signatures is missing, is no such key, or would be written over', remedy: 'make one with aib key new FILE, and give FILE to sign, FILE.pub to check' },
  AIB_RECORD: { category: 'records', exit: 1, words: 'A record about an image is missing, or is no such record', remedy: 'give a statement as aib writes it, or an envelope that aib attest sign made of one' },

  AIB_SAMPLE_HOST: { category: 'sample mirror', exit: 1, words: 'This machine lacks what makes the sample mirror', remedy: 'make it on Debian or Ubuntu, and run ./setup there' },
  AIB_SAMPLE_COMMAND: { category: 'sample mirror', exit: 1, words: 'A program failed that makes the sample mirror', remedy: 'see its output; if it is the network, try again' },
  AIB_SAMPLE_IN_THE_WAY: { category: 'sample mirror', exit: 1, words: 'The folder for the sample mirror holds something else', remedy: 'name a new folder, or empty this one' },
  AIB_BAD_PACKAGES: { category: 'sample mirror', exit: 1, words: "The folder of Alpine's packages for the sample mirror cannot be used", remedy: 'give a folder with .apk files of one release for x86_64, alpine-base among them, or unset AIB_PACKAGES' },
  AIB_BAD_USERLAND: { category: 'sample mirror', exit: 1, words: 'The userland is not an Alpine minirootfs', remedy: 'give an alpine-minirootfs-3.… of that architecture as Alpine publishes it, or none' },
} as const satisfies Readonly<Record<`AIB_${string}`, FailureRow>>;

export type FailureCode = keyof typeof FAILURES;

/** For a code that comes as text, from a program's output. */
export function isFailureCode(text: string): text is FailureCode {
  return Object.hasOwn(FAILURES, text);
}
