// Augmentations by name: what a config can say in train.augmentation.
import type { Augmentation } from './augmentation.js';
import { channelDropout } from './channelDropout.js';
import { crop } from './crop.js';
import { jitter } from './jitter.js';
import { magnitudeWarp } from './magnitudeWarp.js';
import { mixup } from './mixup.js';
import { rotation } from './rotation.js';
import { scaling } from './scaling.js';
import { timeMasking } from './timeMasking.js';
import { timeWarp } from './timeWarp.js';
import { windowSlice } from './windowSlice.js';

/** Every augmentation by name. */
export const augmentations: Readonly<Record<string, Augmentation>> = {
  jitter,
  scaling,
  'magnitude-warp': magnitudeWarp,
  'time-warp': timeWarp,
  'window-slice': windowSlice,
  crop,
  rotation,
  'channel-dropout': channelDropout,
  'time-masking': timeMasking,
  mixup,
};
