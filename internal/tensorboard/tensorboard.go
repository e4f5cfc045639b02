// Package tensorboard writes scalars as TensorBoard reads them: a file of TFRecords, each an Event of TensorFlow's
// event.proto, whose name has "tfevents" in it.
package tensorboard

import (
	"encoding/binary"
	"hash/crc32"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Scalar is a named value.
type Scalar struct {
	Tag   string
	Value float64
}

// Fields of the messages Event, Summary and Summary.Value.
const (
	eventWallTime    protowire.Number = 1 // double, seconds since 1970
	eventStep        protowire.Number = 2 // int64
	eventFileVersion protowire.Number = 3 // string
	eventSummary     protowire.Number = 5 // Summary

	summaryValue protowire.Number = 1 // repeated Summary.Value

	valueTag         protowire.Number = 1 // string
	valueSimpleValue protowire.Number = 2 // float
)

// Version is the record that a file begins with.
func Version(wallTime float64) []byte {
	event := appendWallTime(nil, wallTime)
	event = protowire.AppendTag(event, eventFileVersion, protowire.BytesType)
	return record(protowire.AppendString(event, "brain.Event:2"))
}

// Scalars is the record of scalars at a step.
func Scalars(wallTime float64, step int, scalars ...Scalar) []byte {
	var summary []byte
	for _, s := range scalars {
		value := protowire.AppendTag(nil, valueTag, protowire.BytesType)
		value = protowire.AppendString(value, s.Tag)
		value = protowire.AppendTag(value, valueSimpleValue, protowire.Fixed32Type)
		value = protowire.AppendFixed32(value, math.Float32bits(float32(s.Value)))
		summary = protowire.AppendTag(summary, summaryValue, protowire.BytesType)
		summary = protowire.AppendBytes(summary, value)
	}
	event := appendWallTime(nil, wallTime)
	event = protowire.AppendTag(event, eventStep, protowire.VarintType)
	event = protowire.AppendVarint(event, uint64(step))
	event = protowire.AppendTag(event, eventSummary, protowire.BytesType)
	return record(protowire.AppendBytes(event, summary))
}

func appendWallTime(event []byte, wallTime float64) []byte {
	event = protowire.AppendTag(event, eventWallTime, protowire.Fixed64Type)
	return protowire.AppendFixed64(event, math.Float64bits(wallTime))
}

// record frames data as a TFRecord: length, its checksum, data, their checksum; numbers are little-endian.
func record(data []byte) []byte {
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(data)))
	out = binary.LittleEndian.AppendUint32(out, masked(out))
	out = append(out, data...)
	return binary.LittleEndian.AppendUint32(out, masked(data))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// masked is the CRC-32C that TFRecords store: a checksum of data that hold checksums is a poor one, so that it is rotated
// and shifted by a constant.
func masked(data []byte) uint32 {
	crc := crc32.Checksum(data, castagnoli)
	return (crc>>15 | crc<<17) + 0xa282ead8
}
