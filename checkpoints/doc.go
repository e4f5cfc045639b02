// Package checkpoints reads and writes the files that hold XGLM's weights,
// without Python and without libtorch: safetensors, torch's zip and legacy
// ".bin" files, shards with an index, and PEFT adapters.
//
// Files are mapped, not read: opening one parses its headers only, and a
// tensor's bytes are a slice of the mapping wherever the file holds them
// contiguous and aligned. Every size and offset is checked before it is used,
// so a damaged or hostile file ends in an error and never in code, a crash or
// a large allocation.
package checkpoints
