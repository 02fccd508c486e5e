// Nodes of a TensorFlow graph as protocol buffers: `NodeDef`, `AttrValue`, `TensorProto` and `TensorShapeProto` of
// tensorflow/core/framework/*.proto, whose field numbers stand here.
import type { PbfWriter } from 'pbf';
import { message, type Fields } from '../../shared/protobuf.js';
import type { Attribute } from '../tensorflow/register.js';
import type { Binding, HostValues } from './backend.js';

/** A node of a `GraphDef`. Attributes are names with the fields of their `AttrValue`. */
export function writeNode(
  graph: PbfWriter,
  name: string,
  operation: string,
  inputs: readonly string[],
  attributes: Readonly<Record<string, Fields>>,
): void {
  message(graph, 1, (node) => {
    node.writeStringField(1, name);
    node.writeStringField(2, operation);
    for (const input of inputs) node.writeStringField(3, input);
    for (const [key, value] of Object.entries(attributes)) {
      message(node, 5, (entry) => {
        entry.writeStringField(1, key);
        message(entry, 2, value);
      });
    }
  });
}

/** A node `Const`. */
export function writeConstant(
  graph: PbfWriter,
  name: string,
  { shape, dtype, values }: { shape: readonly number[]; dtype: number; values: HostValues },
  after: readonly string[],
): void {
  writeNode(graph, name, 'Const', after, {
    dtype: typeValue(dtype),
    value: (pbf) => {
      message(pbf, 8, (tensor) => {
        tensor.writeVarintField(1, dtype);
        message(tensor, 2, dimensions(shape));
        // TensorFlow repeats the last value that is given: one is enough where all are the same.
        const repeated = values.length > 1 && isUniform(values);
        if (repeated && values instanceof Float32Array) tensor.writePackedFloat(5, [values[0]]);
        else if (repeated) tensor.writePackedVarint(values instanceof Int32Array ? 7 : 11, [values[0]]);
        else tensor.writeBytesField(4, bytesOf(values));
      });
    },
  });
}

/** A node `Placeholder`, whose values are given at every run. */
export function writePlaceholder(
  graph: PbfWriter,
  name: string,
  { shape, dtype }: { shape: readonly number[]; dtype: number },
): void {
  writeNode(graph, name, 'Placeholder', [], { dtype: typeValue(dtype), shape: shapeValue(shape) });
}

export function typeValue(dtype: number): Fields {
  return (pbf) => {
    pbf.writeVarintField(6, dtype);
  };
}

export function shapeValue(shape: readonly number[]): Fields {
  return (pbf) => {
    message(pbf, 7, dimensions(shape));
  };
}

export function booleanValue(value: boolean): Fields {
  return (pbf) => {
    pbf.writeBooleanField(5, value);
  };
}

export function integerValue(value: number): Fields {
  return (pbf) => {
    pbf.writeVarintField(3, value);
  };
}

export function stringValue(text: string): Fields {
  return (pbf) => {
    pbf.writeBytesField(2, Buffer.from(text));
  };
}

/** An attribute as the binding takes it. */
export function attributeValue({ name, type, value }: Attribute, binding: Binding): Fields {
  switch (type) {
    case binding.TF_ATTR_STRING:
      return stringValue(String(value));
    case binding.TF_ATTR_TYPE:
      return typeValue(Number(value));
    case binding.TF_ATTR_SHAPE:
      return shapeValue(listOf(value));
    case binding.TF_ATTR_BOOL:
      return booleanValue(Boolean(value));
    case binding.TF_ATTR_INT:
      return (pbf) => {
        if (typeof value !== 'object') pbf.writeVarintField(3, Number(value));
        else message(pbf, 1, (list) => { list.writePackedVarint(3, listOf(value)); }); // prettier-ignore
      };
    case binding.TF_ATTR_FLOAT:
      return (pbf) => {
        if (typeof value !== 'object') pbf.writeFloatField(4, Number(value));
        else message(pbf, 1, (list) => { list.writePackedFloat(4, listOf(value)); }); // prettier-ignore
      };
    default:
      throw new Error(`Attribute ${name} is of the unknown kind ${type}.`);
  }
}

function listOf(value: Attribute['value']): number[] {
  return typeof value === 'object' ? [...value] : [Number(value)];
}

function dimensions(shape: readonly number[]): Fields {
  return (pbf) => {
    for (const size of shape) {
      message(pbf, 2, (dimension) => {
        dimension.writeVarintField(1, size);
      });
    }
  };
}

/** Whether all values are the same, to the bit. */
export function isUniform(values: HostValues): boolean {
  return values.every((value) => Object.is(value, values[0]));
}

export function bytesOf(values: HostValues): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}
