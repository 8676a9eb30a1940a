/**
 * The phases of the build machine and of a boot, and their time limits in seconds, which `qemu.timeouts` can change. Not part of an action
 * key.
 */

/** Generous, because emulation on a busy machine is slow. */
export const PHASE_LIMITS = {
  boot: 300,
  tools: 600,
  install: 1_800,
  setup: 1_200,
  initramfs: 900,
  layout: 900,
  finish: 300,
  /** For `aib boot`: from the start of the machine to the login prompt. */
  login: 600,
} as const;

export type Phase = keyof typeof PHASE_LIMITS;

export const PHASES = Object.keys(PHASE_LIMITS) as readonly Phase[];
