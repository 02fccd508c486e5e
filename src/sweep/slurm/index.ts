// Trials as jobs of a SLURM cluster.
export { checkNoJobsLeft } from './jobsLeft.js';
export { slurmLauncher, type SlurmLauncherOptions } from './slurmLauncher.js';
