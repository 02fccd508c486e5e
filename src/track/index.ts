// What a run leaves behind.
export * from './lock.js';
export * from './outputFolder.js';
export * from './runDirectory.js';
