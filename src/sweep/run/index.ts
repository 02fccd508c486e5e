// Running the trials of a study.
export { begunWith, divide, type Division, type Machine, type Wishes } from './divide.js';
export { DiskFullError, type Launcher, type LaunchOptions, type TrialEvent } from './launcher.js';
export { localLauncher, type LocalLauncherOptions } from './localLauncher.js';
export { defaultDirectory, openStudy, type OpenStudy, type OpenStudyOptions } from './openStudy.js';
export { runStudy, stateOf, type StudyEnd } from './runStudy.js';
export { startTrialProcess } from './startTrial.js';
export type { Trial } from '../study/study.js';
