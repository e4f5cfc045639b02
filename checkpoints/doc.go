// Package checkpoints reads and writes XGLM's weights without Python or libtorch: safetensors, torch's zip and legacy ".bin"
// files, checkpoint shards with an index, and PEFT adapters.
//
// Files are memory-mapped. Opening a file parses only its headers; a tensor's bytes are a slice of the mapping if the file has
// them contiguous and aligned. Every size and offset is checked before use, so that damaged or hostile files give errors and
// never execute code, crash or allocate large memory.
package checkpoints
