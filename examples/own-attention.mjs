// An attention of one's own: channels compete for weight, by a softmax over them instead of a gate for each.
import * as tf from '@tensorflow/tfjs';
import { AttentionLayer, registerAttention, z } from 'masq/layers';

const options = z.strictObject({
  temperature: z.number().positive().default(1).describe('Divides the averages before the softmax.'),
});

class SoftmaxChannels extends AttentionLayer {
  static className = 'SoftmaxChannels';

  constructor(args) {
    super(args, options);
  }

  // x [batch, time, channels]; mask [batch, time], or null when every step is valid.
  attend({ x, mask }) {
    const valid =
      mask === null ? tf.ones([x.shape[0], x.shape[1], 1]) : tf.expandDims(tf.cast(mask, 'float32'), 2);
    const steps = tf.maximum(tf.sum(valid, 1), 1);
    // By selection: a product would keep NaN that stands in the padding.
    const inside = tf.where(tf.greater(tf.mul(valid, tf.ones(x.shape)), 0), x, tf.zerosLike(x));
    const averages = tf.div(tf.sum(inside, 1), steps);
    const channel = tf.mul(tf.softmax(tf.div(averages, this.options.temperature)), x.shape[2]);
    return { y: tf.mul(inside, tf.expandDims(channel, 1)), gates: () => ({ channel: tf.clone(channel) }) };
  }
}
tf.serialization.registerClass(SoftmaxChannels); // so that saved models can be loaded

registerAttention('softmax-channels', {
  description: 'Scales each channel by its share of a softmax over the averages of all channels.',
  options,
  build: ({ temperature }, { name, seed }) => new SoftmaxChannels({ temperature, name, seed }),
});
