/** What an action tells the driver, as `job.json` in its input root. All of it is in the key; what is not in the key is in Worker. */

interface Machine {
  /** The emulator's program name, found on the worker's PATH. */
  readonly qemu: string;
  /** With its version, so that every QEMU that knows it shows the same devices. */
  readonly machine: string;
  /** One named model: device numbers and CPU features reach the image through it. */
  readonly cpu: string;
}

export interface DiskJob extends Machine {
  readonly type: 'disk';
  readonly diskMiB: number;
  /** Seconds since 1970: what the guest's clock shows. */
  readonly epoch: number;
}

export interface BootJob extends Machine {
  readonly type: 'boot';
  readonly format: 'qcow2' | 'vpc' | 'raw';
  readonly firmware: 'uefi' | 'bios';
  /** Text on the serial console that means that the image is up. */
  readonly expect: string;
  readonly limitSeconds: number;
}

export type Job = DiskJob | BootJob;
