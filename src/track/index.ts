// What a run leaves behind, and whom it is told to.
export * from './flatten.js';
export * from './lock.js';
export * from './outputFolder.js';
export * from './runDirectory.js';
export * from './tracker.js';
export * from './trackers.js';
