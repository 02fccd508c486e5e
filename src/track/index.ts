// What a run leaves behind.
export * from './runDirectory.js';
